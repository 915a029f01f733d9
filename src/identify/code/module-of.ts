import { type Debugger, type InspectorNotification, type Runtime, Session } from "node:inspector";
import { fileURLToPath } from "node:url";

type AnyFunction = (...args: never[]) => unknown;

/** Path of the module that a function's text is in. */
export function moduleOf(fn: AnyFunction): string | undefined {
  const url = moduleUrlOf(fn)?.replace(/[?#].*$/, "");
  return url?.startsWith("file:") === true ? fileURLToPath(url) : undefined;
}

/** URL of the module that a function's text is in, as the engine knows it. */
export function moduleUrlOf(fn: AnyFunction): string | undefined {
  const holder = globalThis as { [HOLDER]?: AnyFunction };
  const session = new Session();
  session.connect();
  try {
    holder[HOLDER] = fn;
    const urls = new Map<string, string>();
    session.on("Debugger.scriptParsed", ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
      urls.set(params.scriptId, params.url);
    });
    // All of these answer before `post` returns, as the session is connected to its own thread.
    let location: Debugger.Location | undefined;
    session.post("Debugger.enable");
    session.post("Runtime.evaluate", { expression: `globalThis[Symbol.for("${HOLDER_NAME}")]` }, (_, evaluated) => {
      const { objectId } = (evaluated as Runtime.EvaluateReturnType).result;
      if (objectId === undefined) return;
      session.post("Runtime.getProperties", { objectId, ownProperties: true }, (__, properties) => {
        const { internalProperties = [] } = properties as Runtime.GetPropertiesReturnType;
        const found = internalProperties.find(({ name }) => name === "[[FunctionLocation]]");
        location = found?.value?.value as Debugger.Location | undefined;
      });
    });
    return location === undefined ? undefined : urls.get(location.scriptId);
  } finally {
    delete holder[HOLDER];
    session.disconnect();
  }
}

const HOLDER_NAME = "scalable.function";
const HOLDER = Symbol.for(HOLDER_NAME);
