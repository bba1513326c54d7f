// Telegram's side of a Mini App, spoken directly: its own script lives on another host, and nothing here loads from one.
// https://core.telegram.org/api/web-events and https://docs.telegram-mini-apps.com/platform describe the messages.
import { signal } from "@preact/signals";

const FRAME_ORIGINS = ["https://web.telegram.org", "https://webk.telegram.org", "https://webz.telegram.org"];

type Data = Record<string, unknown> | undefined;
type Listener = (data: Record<string, unknown>) => void;
interface Native {
    TelegramWebviewProxy?: { postEvent(type: string, data: string): void };
    TelegramGameProxy?: unknown;
    Telegram?: unknown;
    external?: { notify?: (text: string) => void };
}

const launch = readLaunch();
export const initData: string | null = launch.get("tgWebAppData");
/** Whether Telegram opened this page. */
export const inTelegram = initData !== null && initData !== "";
/** What a link's startapp said. */
export const startParam: string | null = launch.get("tgWebAppStartParam");
const [major = 0, minor = 0] = (launch.get("tgWebAppVersion") ?? "6.0").split(".").map(Number);
export const themeParams = signal<Record<string, string>>(readTheme());
export interface Insets { top: number; right: number; bottom: number; left: number }
export const safeArea = signal<Insets>({ top: 0, right: 0, bottom: 0, left: 0 });
export const contentSafeArea = signal<Insets>({ top: 0, right: 0, bottom: 0, left: 0 });

/** Somebody shows this page: a native client, or a page around it. */
function isEmbedded(): boolean {
    const w = window as unknown as Native;
    return w.TelegramWebviewProxy !== undefined || typeof w.external?.notify === "function" || window.parent !== window;
}

/** The launch parameters: of the fragment when the page was opened, kept for a reload of the same tab. */
function readLaunch(): URLSearchParams {
    const fragment = location.hash.slice(1);
    const kept = "habitd.launch";
    try {
        if (fragment.includes("tgWebAppData=") || fragment.includes("tgWebAppVersion=")) {
            sessionStorage.setItem(kept, fragment);
            history.replaceState(null, "", location.pathname);
            return new URLSearchParams(fragment);
        }
        return new URLSearchParams(isEmbedded() ? sessionStorage.getItem(kept) ?? "" : ""); // a look costs a page that is none of Telegram's
    } catch {
        return new URLSearchParams(fragment);
    }
}

function readTheme(): Record<string, string> {
    try {
        return JSON.parse(launch.get("tgWebAppThemeParams") ?? "{}");
    } catch {
        return {};
    }
}

export function atLeast(wantedMajor: number, wantedMinor: number): boolean {
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Says something to Telegram; nothing happens outside of it. */
export function post(type: string, data?: Data): void {
    if (!inTelegram) return;
    const w = window as unknown as Native;
    if (w.TelegramWebviewProxy) w.TelegramWebviewProxy.postEvent(type, JSON.stringify(data ?? {}));
    else if (typeof w.external?.notify === "function") w.external.notify(JSON.stringify({ eventType: type, eventData: data ?? {} }));
    else if (window.parent !== window)
        for (const origin of FRAME_ORIGINS) window.parent.postMessage(JSON.stringify({ eventType: type, eventData: data ?? {} }), origin);
}

const listeners = new Map<string, Set<Listener>>();

export function on(type: string, listener: Listener): () => void {
    const set = listeners.get(type) ?? new Set();
    listeners.set(type, set.add(listener));
    return () => void set.delete(listener);
}

function receive(type: string, data: unknown): void {
    listeners.get(type)?.forEach(f => f((data ?? {}) as Record<string, unknown>));
}

function listen(): void {
    const w = window as unknown as Native;
    // The names under which the native clients look for whoever takes their events.
    w.Telegram = { WebView: { receiveEvent: receive } };
    w.TelegramGameProxy = { receiveEvent: receive };
    (w as Record<string, unknown>).TelegramGameProxy_receiveEvent = receive;
    addEventListener("message", e => {
        if (e.source !== window.parent || !FRAME_ORIGINS.includes(e.origin)) return;
        try {
            const { eventType, eventData } = JSON.parse(e.data);
            if (typeof eventType === "string") receive(eventType, eventData);
        } catch {
            /* somebody else's message */
        }
    });
}

const inset = (d: Record<string, unknown>): Insets => ({
    top: Number(d.top) || 0, right: Number(d.right) || 0, bottom: Number(d.bottom) || 0, left: Number(d.left) || 0,
});

/** Tells Telegram that we are there, and keeps theme and safe areas. */
export function startTelegram(): void {
    if (!inTelegram) return;
    listen();
    on("theme_changed", d => (themeParams.value = (d.theme_params ?? {}) as Record<string, string>));
    on("safe_area_changed", d => (safeArea.value = inset(d)));
    on("content_safe_area_changed", d => (contentSafeArea.value = inset(d)));
    post("iframe_ready", { reload_supported: false });
    post("web_app_ready");
    post("web_app_expand");
    post("web_app_request_theme");
    if (atLeast(8, 0)) {
        post("web_app_request_safe_area");
        post("web_app_request_content_safe_area");
    }
    if (atLeast(7, 7)) post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false });
}

/** A tap that can be felt. */
export function haptic(kind: "tap" | "select" | "success" | "error"): void {
    if (!atLeast(6, 1)) return;
    const data = kind === "tap" ? { type: "impact", impact_style: "light" }
        : kind === "select" ? { type: "selection_change" }
        : { type: "notification", notification_type: kind };
    post("web_app_trigger_haptic_feedback", data);
}

/** Telegram's back button; returns what hides it again. */
export function backButton(press: () => void): () => void {
    post("web_app_setup_back_button", { is_visible: true });
    const off = on("back_button_pressed", press);
    return () => {
        off();
        post("web_app_setup_back_button", { is_visible: false });
    };
}

export interface MainButton { text: string; enabled: boolean; busy: boolean }

/** Telegram's main button at the bottom; returns what hides it again. */
export function mainButton(b: MainButton, press: () => void): () => void {
    post("web_app_setup_main_button", { is_visible: true, is_active: b.enabled && !b.busy, is_progress_visible: b.busy, text: b.text });
    const off = on("main_button_pressed", press);
    return () => {
        off();
        post("web_app_setup_main_button", { is_visible: false });
    };
}

export type InvoiceEnd = "paid" | "cancelled" | "failed" | "pending";

/** Opens an address outside: Telegram's own inside Telegram, an invoice over the page, of which it is told how it ended. */
export function openLink(url: string, closed?: (end: InvoiceEnd) => void): void {
    if (!inTelegram) {
        window.open(url, "_blank", "noopener");
        return;
    }
    const u = new URL(url);
    const invoice = u.hostname === "t.me" ? u.pathname.match(/^\/(?:\$|invoice\/)([\w-]+)$/) : null;
    if (invoice) {
        const off = on("invoice_closed", d => {
            if (d.slug !== invoice[1]) return;
            off();
            closed?.(d.status as InvoiceEnd);
        });
        post("web_app_open_invoice", { slug: invoice[1] });
    } else if (u.hostname === "t.me") post("web_app_open_tg_link", { path_full: u.pathname + u.search });
    else post("web_app_open_link", { url });
}
