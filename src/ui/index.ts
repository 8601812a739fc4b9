export { hub } from './app';
export { addUser, type NewUser } from './data/users';
export type {
  ChatContext,
  HubOptions,
  LoginFunction,
  LoginOutcome,
  LoginStep,
  Principal,
} from './hub-context';
export { type HashPasswordOptions, hashPassword, verifyPassword } from './session/password';
