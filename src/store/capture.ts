/** A member of a captured folder; a captured file is its only member, with an empty path. */
export type CapturedMember =
  | {
      readonly kind: "file";
      /** Relative to the folder, with `/`. */
      readonly path: string;
      /** Content digest, 32 hexadecimal digits. */
      readonly digest: string;
      readonly bytes: number;
      readonly executable: boolean;
    }
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** A file or folder that a result names, and what was in it. */
export interface Captured {
  /** Where in the result its path stands: keys from the root on. */
  readonly at: readonly (string | number)[];
  readonly kind: "file" | "folder";
  /** Relative to the folder that results must lie in, with `/`. */
  readonly path: string;
  /** Whether the result named it by an absolute path. */
  readonly absolute: boolean;
  readonly members: readonly CapturedMember[];
}
