// Habits in words: how often, how much, what the marks are called.
import { member, number, t, type TextKey } from "../shared/i18n.ts";
import type { Schema } from "../shared/api.ts";
import type { Habit } from "./store/person.ts";

type Schedule = Schema<"Schedule"> | Schema<"ScheduleNew">;

export const statusKeys: Record<Schema<"Status">, TextKey> = { done: "web.status.done", declined: "web.status.declined", skipped: "web.status.skipped" };
export const presetKeys: Record<Schema<"Preset">, TextKey> = { tired: "reason.tired", sick: "reason.sick", busy: "reason.busy", other: "reason.other" };

export function daysOfWeek(days: readonly number[]): string {
    const all = days.slice().sort().join("");
    if (all === "1234567") return t("weekdays.all");
    if (all === "12345") return t("weekdays.working");
    if (all === "67") return t("weekdays.weekend");
    return all.split("").map(d => member("weekday.short", Number(d))).join(t("list.separator"));
}

export function scheduleDays(s: Schedule): string {
    if (s.schedule_type === "weekly") return daysOfWeek(s.days_of_week ?? []);
    return s.schedule_type === "daily" ? t("web.often.daily") : t("web.often.custom");
}

export function often(h: Pick<Habit, "frequency" | "schedules">): string {
    const f = h.frequency;
    if (!f) return h.schedules.map(scheduleDays).filter((x, i, a) => a.indexOf(x) === i).join(t("list.separator")) || t("web.often.never");
    if (f.count === f.days) return t("web.often.daily");
    if (f.count === 1) return t("web.often.every", { n: f.days });
    if (f.days === 7) return t("web.often.week", { n: f.count });
    return t("web.often.in", { count: f.count, days: f.days });
}

export function amount(value: number, unit: string): string {
    return unit ? `${number(value)} ${unit}` : number(value);
}

export function goal(h: Pick<Habit, "kind" | "target_value" | "target_kind" | "unit">): string | null {
    if (h.kind !== "measurable" || h.target_value === null) return null;
    return t(h.target_kind === "at_most" ? "web.goal.at_most" : "web.goal.at_least", { amount: amount(h.target_value, h.unit) });
}

/** "7,5" is a number too. */
export function readAmount(text: string): number | null {
    const n = Number(text.trim().replace(/\s/g, "").replace(",", "."));
    return text.trim() === "" || !Number.isFinite(n) || n < 0 || n > 1e9 ? null : Math.round(n * 1000) / 1000;
}
