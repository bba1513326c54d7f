// What a page's own text asked for before its script was there (app/early.ts). Whoever takes it first has it, and it may be there already: then
// the page draws itself before the browser's first frame.
import type { Language } from "./i18n.ts";

export interface Early {
    token: string | null;
    answers: Record<string, Promise<Response>>;
    languages: Record<string, Promise<{ default: Language }>>;
}

const early = (globalThis as { habitdEarly?: Early }).habitdEarly;

function take<T>(from: Record<string, T> | undefined, key: string): T | undefined {
    const it = from?.[key];
    delete from?.[key];
    return it;
}

/** The answer to a GET that was sent with this token. */
export const takeAnswer = (url: string, token: string | null) => (early?.token === token ? take(early?.answers, url) : undefined);
export const takeLanguage = (code: string) => take(early?.languages, code);
