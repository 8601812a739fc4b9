export { hub } from './app';
export type { ChatContext, ChatServer, HubOptions, Principal } from './hub-context';
