// Texts, numbers and dates in the person's language. The texts are locale/*.po; web/build.mjs gives each page the keys it names.
import { signal } from "@preact/signals";
import type { TextFamily, TextKey } from "../generated/keys.d.ts";
import { takeLanguage } from "./early.ts";

export type { TextFamily, TextKey };

export interface Language {
    code: string;
    name: string;
    rtl: boolean;
    fraction: number;
    plural: (n: number) => number;
    texts: Record<string, string | string[]>;
}
export type Languages = Record<string, { name: string; fallbackFor: string[]; load: () => Promise<{ default: Language }> }>;
export type Args = Record<string, string | number>;

/** The language of the page. Nothing is drawn before the first one is loaded. */
export const language = signal<Language>(null as unknown as Language);
let known: Languages = {};

/** The language for a tag: its own file, else without the last subtags, else who stands in for it, else English. */
function find(tag: string): string | undefined {
    const parts = tag.replace(/_/g, "-").toLowerCase().split("-");
    const codes = Object.keys(known);
    for (let n = parts.length; n > 0; n--) {
        const code = codes.find(c => c.toLowerCase() === parts.slice(0, n).join("-"));
        if (code) return code;
    }
    return codes.find(c => known[c]!.fallbackFor.includes(parts[0]!));
}

export async function useLanguages(languages: Languages, wanted: readonly string[]): Promise<void> {
    known = languages;
    await chooseLanguage(...wanted);
}

export async function chooseLanguage(...wanted: readonly string[]): Promise<void> {
    const code = wanted.map(find).find(c => c !== undefined) ?? "en";
    if (language.value?.code === code) return;
    const loaded = (await (takeLanguage(code) ?? known[code]!.load())).default;
    document.documentElement.lang = loaded.code;
    document.documentElement.dir = loaded.rtl ? "rtl" : "ltr";
    formats.clear();
    language.value = loaded;
}

export function languageChoices(): { code: string; name: string }[] {
    return Object.entries(known).map(([code, l]) => ({ code, name: l.name }));
}

function fill(text: string, args: Args | undefined): string {
    if (!args) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = args[name];
        return value === undefined ? whole : typeof value === "number" ? number(value) : value;
    });
}

/** A text; in one with plural forms `n` chooses the form. */
export function t(key: TextKey, args?: Args): string {
    const l = language.value;
    const text = l.texts[key];
    if (text === undefined) return key;
    if (typeof text === "string") return fill(text, args);
    const n = Number(args?.n ?? 0);
    return fill(text[Number.isInteger(n) ? l.plural(Math.abs(n)) : l.fraction] ?? text[0]!, args);
}

/** For the start of a line. */
export function capital(text: string): string {
    return text.charAt(0).toLocaleUpperCase(language.value.code) + text.slice(1);
}

/** A member of a family, counted from 1: member("month.short", 3). */
export function member(family: TextFamily, i: number): string {
    return t(`${family}.${i}` as TextKey);
}

// --- numbers, dates: Intl's, kept, since making one is slow

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function format<T>(key: string, make: (code: string) => T): T {
    const code = language.value.code;
    let f = formats.get(key);
    if (!f) formats.set(key, (f = make(code) as Intl.NumberFormat));
    return f as T;
}

export function number(value: number, digits = 3): string {
    if (Number.isInteger(value) && value >= 0 && value < 1000) return String(value);
    return format(`n${digits}`, c => new Intl.NumberFormat(c, { maximumFractionDigits: digits })).format(value);
}

/** A share from 0 to 1. */
export function percent(value: number): string {
    return format("p", c => new Intl.NumberFormat(c, { style: "percent", maximumFractionDigits: 0 })).format(value);
}

/** Minor units. Digits of a currency come from its plan or are 2; Stars have none and no ISO code. */
export function money(amount: number, currency: string, digits = 2): string {
    if (currency === "XTR") return `${number(amount)} ⭐`;
    const value = amount / 10 ** digits;
    const f = format(`m${currency}${digits}`, c => {
        try {
            return new Intl.NumberFormat(c, { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 0,
                                              maximumFractionDigits: digits });
        } catch {
            return null; // not one of ISO's: USDT
        }
    });
    return f ? f.format(value) : `${number(value, digits)} ${currency}`;
}

export type DayStyle = "short" | "long" | "weekday" | "full";

/** A day "2026-11-26" in words: the bot's patterns, since the first Intl format costs a page 20 ms before it is painted. */
export function dayText(day: string, style: DayStyle = "short"): string {
    const date = new Date(`${day}T00:00:00Z`), args = { day: String(date.getUTCDate()), month: member("month.date", date.getUTCMonth() + 1) };
    const text = style === "full" ? t("date.day_year", { ...args, year: String(date.getUTCFullYear()) }) : t("date.day", args);
    if (style !== "long" && style !== "weekday") return text;
    return t("date.weekday", { weekday: member(style === "long" ? "weekday.long" : "weekday.short", date.getUTCDay() || 7), date: text });
}

/** An instant in a zone, default the browser's. */
export function instantText(instant: string, zone?: string): string {
    return format(`i${zone}`, c => new Intl.DateTimeFormat(c, { dateStyle: "medium", timeStyle: "short", timeZone: zone })).format(new Date(instant));
}
