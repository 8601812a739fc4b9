/** IMDb's word for nothing. */
export const nothing = '\\N';

/** Returns IMDb's number of a title. */
export function tconst(title: number): string {
  return `tt${String(title + 1).padStart(7, '0')}`;
}

/** Returns IMDb's number of a person. */
export function nconst(person: number): string {
  return `nm${String(person + 1).padStart(7, '0')}`;
}
