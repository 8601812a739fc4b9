export { hub } from './app';
export { addUser } from './data/users';
export type { HubOptions, Principal } from './hub-context';
export { hashPassword } from './session/password';
