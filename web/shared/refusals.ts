// Why something was refused, in the person's language. The server's own words are English and for whoever writes a client; nothing of
// them is shown. Each code that it can give has a text here or in the console's list (test/locale_test.py).
import { ApiError, ConnectionError } from "./api.ts";
import type { TextKey } from "./i18n.ts";

/** Codes with a text of their own. */
const texts: Record<string, TextKey> = {
    internal: "web.error.internal",
    uncertain: "web.error.busy",
    habit_limit_reached: "web.error.habit_limit",
    schedule_limit_reached: "web.error.schedule_limit",
    blocked: "web.error.blocked",
    init_data_expired: "web.error.init_data_expired",
    init_data_invalid: "web.error.init_data_invalid",
    link_invalid: "web.error.link_invalid",
    insufficient_funds: "web.error.insufficient_funds",
    provider_closed_in_telegram: "web.error.not_offered",
    receipt_contact_required: "web.pay.contact_wrong",
    no_subscription: "web.error.not_renewing",
    not_renewing: "web.error.not_renewing",
};

/** What else an answer means. */
const statuses: Record<number, TextKey> = {
    400: "web.error.malformed",
    401: "web.error.signed_out",
    403: "web.error.forbidden",
    404: "web.error.not_found",
    409: "web.error.conflict",
    413: "web.error.too_large",
    429: "web.error.rate",
    503: "web.error.busy",
};

/** Fields of which the whole can be said. */
const wholes: Record<string, TextKey> = {
    day: "web.error.day",
    contact: "web.pay.contact_wrong",
    format: "web.error.format",
    provider: "web.error.not_offered",
    plan: "web.error.plan",
};

/** What the forms call the fields that a person fills, and what may stand in them. */
const rules: Record<string, [name: TextKey, rule: TextKey]> = {
    name: ["web.edit.name", "web.rule.name"],
    description: ["web.edit.text", "web.rule.text"],
    emoji: ["web.edit.emoji", "web.rule.emoji"],
    kind: ["web.edit.kind", "web.rule.kind"],
    target_value: ["web.edit.target", "web.rule.number"],
    unit: ["web.edit.unit", "web.rule.unit"],
    frequency: ["web.edit.often", "web.rule.often"],
    rrule: ["web.edit.rrule", "web.rule.rrule"],
    reminder_time: ["web.reminder.time", "web.rule.time"],
    days_of_week: ["web.reminder.days", "web.rule.days"],
    value: ["web.mark.amount", "web.rule.number"],
    amount: ["web.mark.amount", "web.rule.amount"],
    note: ["web.mark.note", "web.rule.text"],
    timezone: ["web.settings.zone", "web.rule.zone"],
    quiet_hours: ["web.settings.quiet", "web.rule.quiet"],
};

/** Codes and fields that only one of the pages can meet. */
export function learnRefusals(codes: typeof texts, fields: typeof rules): void {
    Object.assign(texts, codes);
    Object.assign(rules, fields);
}

export function errorText(e: unknown, t: (key: TextKey, args?: Record<string, string>) => string): string {
    if (e instanceof ConnectionError) return t("web.error.connection");
    if (!(e instanceof ApiError)) return t("web.error.internal");
    const field = e.code === "invalid" ? e.field?.replace(/^.*\]\.|\..*$/g, "") ?? "" : "";
    const whole = wholes[field], rule = rules[field], line = e.status === 400 ? /^line (\d+)/.exec(e.detail)?.[1] : undefined;
    if (whole) return t(whole);
    if (rule) return t("web.error.field", { field: t(rule[0]), rule: t(rule[1]) });
    if (line) return t("web.error.line", { line });
    const known = texts[e.code] ?? statuses[e.status];
    if (known) return t(known);
    return e.status < 500 && e.requestId ? t("web.error.refused", { id: e.requestId }) : t("web.error.internal");
}
