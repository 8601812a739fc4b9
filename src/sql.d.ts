/** SQL files are bundled as text, so that the package finds them whatever bundles it. */
declare module '*.sql' {
  const text: string;
  export default text;
}
