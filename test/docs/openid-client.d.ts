/** What docs/how-to/sign-in-with-oidc.md uses of openid-client 6, which is not installed here; from its documentation. */
declare module 'openid-client' {
  export class Configuration {
    serverMetadata(): Readonly<Record<string, unknown>>;
  }
  export function discovery(
    server: URL,
    clientId: string,
    metadata?: Readonly<Record<string, unknown>> | string,
  ): Promise<Configuration>;
  export function randomPKCECodeVerifier(): string;
  export function calculatePKCECodeChallenge(codeVerifier: string): Promise<string>;
  export function randomState(): string;
  export function randomNonce(): string;
  export function buildAuthorizationUrl(
    config: Configuration,
    parameters: URLSearchParams | Record<string, string>,
  ): URL;
  export function authorizationCodeGrant(
    config: Configuration,
    currentUrl: URL | Request,
    checks?: {
      expectedNonce?: string;
      expectedState?: string;
      idTokenExpected?: boolean;
      pkceCodeVerifier?: string;
    },
  ): Promise<{ claims(): Readonly<Record<string, unknown>> | undefined }>;
}
