// Light and dark: the device's or the person's choice, and inside Telegram its colours.
import { effect, signal } from "@preact/signals";
import { afterPaint } from "./paint.ts";
import { contentSafeArea, inTelegram, post, safeArea, themeParams } from "./telegram.ts";

export type ThemeChoice = "auto" | "light" | "dark";
const KEY = "habitd.theme";

function kept(): ThemeChoice {
    try {
        const v = localStorage.getItem(KEY);
        return v === "light" || v === "dark" ? v : "auto";
    } catch {
        return "auto";
    }
}

export const themeChoice = signal<ThemeChoice>(kept());

function isDark(hex: string): boolean {
    const n = parseInt(hex.slice(1), 16);
    return ((n >> 16) * 299 + ((n >> 8) & 255) * 587 + (n & 255) * 114) / 1000 < 128;
}

/** Telegram's names for what our style sheet calls otherwise. Text colours that it may make too faint are ours. */
const names: Record<string, string> = {
    bg_color: "--card",
    secondary_bg_color: "--page",
    text_color: "--text",
};

const color = /^#[0-9a-f]{6}$/i;

/** What is around the page takes the page's colour. */
function colourAround(): void {
    const page = getComputedStyle(document.documentElement).getPropertyValue("--page").trim();
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", page);
    if (!color.test(page)) return;
    post("web_app_set_header_color", { color: page });
    post("web_app_set_background_color", { color: page });
}

export function startTheme(): void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const system = signal(dark.matches);
    dark.addEventListener("change", () => (system.value = dark.matches));
    effect(() => {
        const root = document.documentElement;
        const params = themeParams.value;
        const telegram = inTelegram && color.test(params.bg_color ?? "") && themeChoice.value === "auto";
        const night = telegram ? isDark(params.bg_color!) : themeChoice.value === "auto" ? system.value : themeChoice.value === "dark";
        root.dataset.theme = night ? "dark" : "light";
        for (const [theirs, ours] of Object.entries(names)) {
            const value = params[theirs];
            if (telegram && value && color.test(value)) root.style.setProperty(ours, value);
            else root.style.removeProperty(ours);
        }
        afterPaint(colourAround);
    });
    effect(() => {
        const s = safeArea.value, c = contentSafeArea.value, style = document.documentElement.style;
        style.setProperty("--tg-top", `${s.top + c.top}px`);
        style.setProperty("--tg-bottom", `${s.bottom + c.bottom}px`);
    });
    effect(() => {
        try {
            if (themeChoice.value === "auto") localStorage.removeItem(KEY);
            else localStorage.setItem(KEY, themeChoice.value);
        } catch {
            /* private mode */
        }
    });
}
