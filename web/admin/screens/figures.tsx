// The figures behind the overview, as tables: days, cohorts, retention, revenue.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, type Answer } from "../../shared/api.ts";
import { dayText, percent, t, type TextKey } from "../../shared/i18n.ts";
import { go, href, place } from "../../shared/router.ts";
import { Segmented, TextField } from "../../shared/ui.tsx";
import { sum, Title } from "../parts.tsx";
import { Table, type Column } from "../table.tsx";

export type Cohort = Answer<"/v1/admin/analytics/cohorts", "get">["cohorts"][number];
type Day = Answer<"/v1/admin/analytics/overview", "get">["days"][number];
type Retained = Answer<"/v1/admin/analytics/retention", "get">["retention"][number];
type Revenue = Answer<"/v1/admin/analytics/revenue", "get">["revenue"][number];
const DAY_MS = 86_400_000;
type Kind = "days" | "cohorts" | "retention" | "revenue";

export const WEEKS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const names: Record<Kind, TextKey> = {
    days: "console.days",
    cohorts: "console.cohorts",
    retention: "console.retention",
    revenue: "console.revenue",
};

export function dayAfter(day: string, n: number): string {
    return new Date(Date.parse(`${day}T00:00:00Z`) + n * DAY_MS).toISOString().slice(0, 10);
}
/** The people behind figures: who made a mark on these days, who came on others. */
export const markedOn = (from: string, to: string, came: { from?: string; to?: string } = {}) => href(["users"], { ...came, marked_from: from, marked_to: to });
const weekOf = (monday: string, n = 0) => [dayAfter(monday, n * 7), dayAfter(monday, n * 7 + 6)] as const;
const cameIn = (week: string) => ({ from: week, to: weekOf(week)[1] });
export const cohort = (week: string) => href(["users"], cameIn(week));
export const cohortBack = (week: string, n: number) => markedOn(...weekOf(week, n), cameIn(week));
const link = (to: string, text: ComponentChildren) => <a class="link" href={to}>{text}</a>;
/** Of days to come nobody knows yet who will be there. */
const later = (n: number | null, to: string, text: ComponentChildren = n) => (n === null ? "—" : link(to, text));
const markedOnDay = (day: string, came: string) => markedOn(day, day, { from: came, to: came });

const days: Column<Day>[] = [
    { name: "console.day", value: d => d.day, show: d => dayText(d.day, "full") },
    { name: "console.active", value: d => d.active, show: d => link(markedOn(d.day, d.day), d.active), end: true },
    { name: "console.marks.done", value: d => d.done, end: true },
    { name: "console.marks.declined", value: d => d.declined, end: true },
    { name: "console.marks.skipped", value: d => d.skipped, end: true },
    { name: "console.reminders_sent", value: d => d.reminders_sent, end: true },
    { name: "console.reminders_missed", value: d => d.reminders_missed, end: true },
];
const weekNames = ["console.week.1", "console.week.2", "console.week.3", "console.week.4", "console.week.5", "console.week.6", "console.week.7",
                   "console.week.8"] as const;
const cohorts: Column<Cohort>[] = [
    { name: "console.week_of", value: c => c.week, show: c => dayText(c.week, "full") },
    { name: "console.people", value: c => c.people, show: c => link(cohort(c.week), c.people), end: true },
    ...WEEKS.map(n => ({
        name: weekNames[n - 1]!,
        value: (c: Cohort) => c[`week_${n}`],
        show: (c: Cohort) => later(c[`week_${n}`], cohortBack(c.week, n)),
        end: true,
    })),
];
const share = (n: number | null, of: number) => (n !== null && of ? `${n} · ${percent(n / of)}` : "—");
const retention: Column<Retained>[] = [
    { name: "console.day", value: r => r.day, show: r => dayText(r.day, "full") },
    { name: "console.people", value: r => r.people, show: r => link(href(["users"], { from: r.day, to: r.day }), r.people), end: true },
    { name: "console.after.d1", value: r => r.day_1, show: r => later(r.day_1, markedOnDay(dayAfter(r.day, 1), r.day), share(r.day_1, r.people)), end: true },
    { name: "console.after.d7", value: r => r.day_7, show: r => later(r.day_7, markedOnDay(dayAfter(r.day, 7), r.day), share(r.day_7, r.people)), end: true },
    { name: "console.after.d30", value: r => r.day_30, show: r => later(r.day_30, markedOnDay(dayAfter(r.day, 30), r.day), share(r.day_30, r.people)), end: true },
];
const revenue = (from: string, to: string): Column<Revenue>[] => [
    { name: "console.currency", value: r => r.currency },
    { name: "console.provider", value: r => r.provider },
    { name: "console.payments", value: r => r.payments, end: true,
      show: r => link(href(["payments"], { provider: r.provider, currency: r.currency, revenue_from: from, revenue_to: to }), r.payments) },
    { name: "console.payers", value: r => r.payers, end: true },
    { name: "console.paid", value: r => r.amount, show: r => sum(r.amount, r.currency), end: true },
    { name: "console.lost", value: r => r.lost, show: r => sum(r.lost, r.currency), end: true },
    { name: "console.net", value: r => r.net, show: r => sum(r.net, r.currency), end: true },
];

interface Wanted { of: Kind; from: string; to: string }

function Filters({ now }: { now: Wanted }) {
    const change = (to: Partial<Wanted>) => go(href(["figures"], { ...now, ...to }), true);
    return (
        <>
            <Segmented label={t("console.figures")} value={now.of} onValue={of => change({ of })}
                       choices={(Object.keys(names) as Kind[]).map(k => ({ value: k, label: t(names[k]) }))} />
            <TextField label={t("console.from")} type="date" value={now.from} max={now.to || undefined} onValue={from => change({ from })} />
            <TextField label={t("console.to")} type="date" value={now.to} min={now.from || undefined} onValue={to => change({ to })} />
        </>
    );
}

/** Its links name the days that the answer is about, also when none were asked for. */
function RevenueTable({ span, ...common }: { title: string; file: string; deps: readonly unknown[]; filters: ComponentChildren; span: { from?: string; to?: string } }) {
    const [days, setDays] = useState({ from: "", to: "" });
    const load = async (_: unknown, signal?: AbortSignal) => {
        const r = await api.get("/v1/admin/analytics/revenue", { query: span, signal });
        setDays({ from: r.from, to: r.to });
        return { items: r.revenue, next: null };
    };
    return <Table {...common} columns={revenue(days.from, days.to)} keyOf={r => r.currency + r.provider} load={load} />;
}

export function FiguresScreen() {
    const query = place.value.query;
    const of = (Object.keys(names) as Kind[]).find(k => k === query.get("of")) ?? "days";
    const from = query.get("from") ?? "", to = query.get("to") ?? "";
    const span = { ...(from ? { from } : {}), ...(to ? { to } : {}) };
    const common = { title: t(names[of]), file: of, deps: [from, to], filters: <Filters now={{ of, from, to }} /> };
    const whole = <T,>(items: T[]) => ({ items, next: null });
    return (
        <>
            <Title text={t(names[of])} up={{ href: href([]), text: t("console.overview") }} />
            {of === "days" ? <Table {...common} columns={days} keyOf={d => d.day}
                                    load={async (_, signal) => whole((await api.get("/v1/admin/analytics/overview", { query: span, signal })).days)} />
                : of === "cohorts" ? <Table {...common} columns={cohorts} keyOf={c => c.week}
                                            load={async (_, signal) => whole((await api.get("/v1/admin/analytics/cohorts", { query: span, signal })).cohorts)} />
                : of === "retention" ? <Table {...common} columns={retention} keyOf={r => r.day}
                                              load={async (_, signal) => whole((await api.get("/v1/admin/analytics/retention", { query: span, signal })).retention)} />
                : <RevenueTable {...common} span={span} />}
        </>
    );
}
