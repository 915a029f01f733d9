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
  session.connect();
  try {
    const scripts = new Map<string, string>();
    session.on("Debugger.scriptParsed", ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
      scripts.set(params.url.replace(/[?#].*$/, ""), params.scriptId);
    });
    // All of these answer before `post` returns, as the session is connected to its own thread.
    session.post("Debugger.enable");
    return new Map(
      files.map((file) => {
        const scriptId = scripts.get(pathToFileURL(file).href) ?? scripts.get(file);
        return [file, scriptId === undefined ? undefined : textOf(session, scriptId)];
      }),
    );
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
