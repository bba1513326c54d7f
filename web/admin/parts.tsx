// Small things that several screens of the console show: states, ids, money, and the sheet that asks for a reason.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { randomId } from "../shared/api.ts";
import { currencyCodes, digitsOf, sum } from "../shared/currency.ts";
import { instantText, t, type TextKey } from "../shared/i18n.ts";
import { href } from "../shared/router.ts";
import { Button, Sheet, TextArea, toast, useBusy } from "../shared/ui.tsx";

export { currencyCodes, digitsOf, sum };

const words: Record<string, TextKey> = {
    created: "console.is.created",
    pending: "console.is.pending",
    unknown: "console.is.unknown",
    succeeded: "console.is.succeeded",
    partially_refunded: "console.is.partially_refunded",
    refunded: "console.is.refunded",
    disputed: "console.is.disputed",
    charged_back: "console.is.charged_back",
    failed: "console.is.failed",
    canceled: "console.is.canceled",
    expired: "console.is.expired",
    trialing: "console.is.trialing",
    active: "console.is.active",
    past_due: "console.is.past_due",
    suspended: "console.is.suspended",
    revoked: "console.is.revoked",
    held: "console.is.held",
    open: "console.is.open",
    acknowledged: "console.is.acknowledged",
    silenced: "console.is.silenced",
    resolved: "console.is.resolved",
    warning: "console.is.warning",
    warn: "console.is.warning",
    error: "console.is.error",
    critical: "console.is.critical",
    trial: "console.is.trial",
    free: "console.is.free",
    premium: "console.is.premium",
    blocked: "console.is.blocked",
    erased: "console.is.erased",
    unreachable: "console.is.unreachable",
    admin: "console.is.admin",
    refund_asked: "console.is.refund_asked",
    refund_failed: "console.is.refund_failed",
    dispute_won: "console.is.dispute_won",
    dispute_lost: "console.is.dispute_lost",
    current: "console.is.current",
    empty: "console.is.empty",
    older: "console.is.older",
    newer: "console.is.newer",
    changed: "console.is.changed",
    applied: "console.is.applied",
    waiting: "console.is.waiting",
    sound: "console.is.sound",
    broken: "console.is.broken",
    there: "console.is.there",
    missing: "console.is.missing",
    rewarded: "console.is.rewarded",
    rejected: "console.is.rejected",
    taken_back: "console.is.taken_back",
    draft: "console.is.draft",
    running: "console.is.running",
    stopped: "console.is.stopped",
    done: "console.is.done",
    stars: "console.renews.stars",
    saved_method: "console.renews.saved_method",
    balance: "console.renews.balance",
    none: "console.renews.none",
};
const good = new Set(["succeeded", "dispute_won", "active", "resolved", "premium", "rewarded", "done", "current", "applied", "there", "sound"]);
const bad = new Set(["failed", "refund_failed", "dispute_lost", "charged_back", "critical", "error", "blocked", "erased", "revoked", "older", "newer", "changed", "missing", "broken"]);
const attention = new Set(["unknown", "disputed", "held", "open", "warning", "warn", "past_due", "suspended", "unreachable"]);

/** A state in the operator's language; one that has no word yet, as it is called. */
export function word(state: string): string {
    const key = words[state];
    return key ? t(key) : state;
}

/** `text` where a state has another word than elsewhere. */
export function State({ of, text }: { of: string; text?: string }) {
    const look = good.has(of) ? "good" : bad.has(of) ? "bad" : attention.has(of) ? "attention" : "";
    return <span class={`state ${look}`}>{text ?? word(of)}</span>;
}

/** What somebody typed, in minor units; null when it is no amount of that currency. */
export function minorUnits(text: string, currency: string): number | null {
    const digits = digitsOf(currency);
    const m = /^(-?)(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
    if (!m || (m[3]?.length ?? 0) > digits) return null;
    const amount = Number(m[2]! + (m[3] ?? "").padEnd(digits, "0"));
    return Number.isSafeInteger(amount) ? (m[1] ? -amount : amount) : null;
}

export function Instant({ at }: { at: string | null }) {
    return at === null ? <>—</> : <time dateTime={at}>{instantText(at)}</time>;
}

/** An id shortened at its end, where version 7 differs. */
export function Id({ of, to }: { of: string; to?: "users" | "payments" }) {
    const text = <code title={of}>…{of.slice(-8)}</code>;
    return to ? <a class="link" href={href([to, of])}>{text}</a> : text;
}

export function Facts({ children }: { children: ComponentChildren }) {
    return <dl class="card facts">{children}</dl>;
}
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
    return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

export function Title({ text, up, children }: { text: ComponentChildren; up?: { href: string; text: string }; children?: ComponentChildren }) {
    return (
        <header class="title">
            <div>{up && <a class="link up" href={up.href}>‹ {up.text}</a>}<h1>{text}</h1></div>
            <div class="actions">{children}</div>
        </header>
    );
}

interface ReasonProps {
    title: string;
    text?: string;
    yes: string;
    danger?: boolean;
    /** What else is sent: another value makes it another action. */
    what?: string;
    ready?: boolean;
    /** With the same key a repetition is the same action, so that a lost answer moves no money twice. */
    run: (reason: string, key: string) => Promise<unknown>;
    onClose: () => void;
    onDone: () => void;
    children?: ComponentChildren;
}

/** Asks why, then acts; the reason is kept in the audit trail. */
export function ReasonSheet({ title, text, yes, danger, what = "", ready = true, run, onClose, onDone, children }: ReasonProps) {
    const [reason, setReason] = useState("");
    const [busy, work] = useBusy();
    const key = useMemo(randomId, [reason, what]);
    const act = async () => {
        if (!(await work(() => run(reason.trim(), key)))) return;
        toast(t("console.done"));
        onClose();
        onDone();
    };
    return (
        <Sheet title={title} onClose={onClose} foot={
            <>
                <Button look="quiet" onClick={onClose}>{t("web.cancel")}</Button>
                <Button look={danger ? "danger" : "main"} busy={busy} disabled={!ready || !reason.trim()} onClick={act}>{yes}</Button>
            </>
        }>
            {text && <p>{text}</p>}
            {children}
            <TextArea label={t("console.reason")} hint={t("console.reason_hint")} value={reason} onValue={setReason} maxLength={500} />
        </Sheet>
    );
}
