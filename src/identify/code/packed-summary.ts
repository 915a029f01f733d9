import { type Effects, NO_EFFECTS } from "./effect-list.ts";
import type { ModuleSummary, Unit } from "./module-summary.ts";
import type { Skeleton } from "./skeleton.ts";

/*
 * Summaries as the memo keeps them. Most lists in them are empty, and are left out: a project has thousands.
 */

type Packed<T> = { readonly [K in keyof T]?: T[K] | undefined };
type PackedSkeleton = Packed<Omit<Skeleton, "loading" | "called">> & {
  readonly loading?: Packed<Effects> | undefined;
  readonly called?: Packed<Effects> | undefined;
};
interface PackedSummary extends Omit<ModuleSummary, "units"> {
  readonly units: readonly (Omit<Unit, "skeleton"> & { readonly skeleton: PackedSkeleton })[];
}

const NO_SKELETON: Skeleton = {
  digest: "",
  refs: [],
  followed: [],
  globals: [],
  loading: NO_EFFECTS,
  called: NO_EFFECTS,
  aliases: [],
  notes: [],
};

export function packed({ units, ...summary }: ModuleSummary): PackedSummary {
  return {
    ...summary,
    units: units.map(({ skeleton, ...unit }) => ({
      ...unit,
      skeleton: {
        ...withoutEmpty(skeleton),
        loading: packedEffects(skeleton.loading),
        called: packedEffects(skeleton.called),
      },
    })),
  };
}

export function revived({ units, ...summary }: PackedSummary): ModuleSummary {
  return {
    ...summary,
    units: units.map(({ skeleton, ...unit }) => {
      const { loading, called, ...rest } = skeleton;
      return {
        ...unit,
        skeleton: {
          ...NO_SKELETON,
          ...rest,
          loading: revivedEffects(loading),
          called: revivedEffects(called),
        } as Skeleton,
      };
    }),
  };
}

function packedEffects(effects: Effects): Packed<Effects> | undefined {
  const left = withoutEmpty(effects);
  return Object.keys(left).length === 0 ? undefined : left;
}

function revivedEffects(effects: Packed<Effects> | undefined): Effects {
  return effects === undefined ? NO_EFFECTS : ({ ...NO_EFFECTS, ...effects } as Effects);
}

function withoutEmpty<T extends object>(fields: T): Packed<T> {
  const left = Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return Object.fromEntries(left) as Packed<T>;
}
