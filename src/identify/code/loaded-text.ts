import { type Debugger, type InspectorNotification, Session } from "node:inspector";
import { pathToFileURL } from "node:url";

/** What the engine has of a file: undefined where it has not loaded it. */
export type LoadedText = { readonly text: string; readonly compiled: boolean } | undefined;

/**
 * The texts of files as this thread has loaded them. Node.js leaves a text as it is, and puts spaces in the place of
 * types; a compiler that stands between leaves a source map.
 */
export function loadedTexts(files: readonly string[]): ReadonlyMap<string, LoadedText> {
  const session = new Session();
  try {
    session.connect();
    const scripts = new Map<string, string[]>();
    session.on("Debugger.scriptParsed", ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
      const url = params.url.replace(/[?#].*$/, "");
      scripts.set(url, [...(scripts.get(url) ?? []), params.scriptId]);
    });
    // All of these answer before `post` returns, as the session is connected to its own thread.
    session.post("Debugger.enable");
    return new Map(
      files.map((file) => {
        const ids = scripts.get(pathToFileURL(file).href) ?? scripts.get(file) ?? [];
        const [first, ...others] = ids.map((id) => textOf(session, id));
        // It was loaded several times, and which of them a function belongs to is not known.
        const differ = others.some((other) => other?.text !== first?.text);
        return [file, differ ? { text: "", compiled: true } : first];
      }),
    );
  } catch {
    // There is no inspector, or it may not be used.
    return new Map(files.map((file) => [file, { text: "", compiled: true }]));
  } finally {
    session.disconnect();
  }
}

function textOf(session: Session, scriptId: string): LoadedText {
  let text: string | undefined;
  session.post("Debugger.getScriptSource", { scriptId }, (_, source) => {
    text = (source as Debugger.GetScriptSourceReturnType | undefined)?.scriptSource;
  });
  return text === undefined ? undefined : { text, compiled: text.includes("//# sourceMappingURL=data:") };
}
