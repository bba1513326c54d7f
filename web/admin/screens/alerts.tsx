// Alerts, and what an operator does about them.
import { useState } from "preact/hooks";
import { api, type Schema } from "../../shared/api.ts";
import { t, type TextKey } from "../../shared/i18n.ts";
import { href, place } from "../../shared/router.ts";
import { Button, Segmented } from "../../shared/ui.tsx";
import { Instant, ReasonSheet, State, Title, word } from "../parts.tsx";
import { filterBy, Table, type Column } from "../table.tsx";

type Alert = Schema<"Alert">;
const moves = {
    acknowledge: { path: "/v1/admin/alerts/{alert_id}/acknowledge", name: "console.acknowledge", from: ["open"] },
    silence: { path: "/v1/admin/alerts/{alert_id}/silence", name: "console.silence", from: ["open", "acknowledged"] },
    resolve: { path: "/v1/admin/alerts/{alert_id}/resolve", name: "console.resolve", from: ["open", "acknowledged", "silenced"] },
} as const satisfies Record<string, { path: string; name: TextKey; from: Alert["status"][] }>;
type Move = keyof typeof moves;
const AROUND_MS = 60_000;
/** The days and moments in which it was seen, with a minute around: what the program said meanwhile. */
const logsOf = (a: Alert) => href(["logs"], { from: new Date(Date.parse(a.first_seen_at) - AROUND_MS).toISOString(),
                                              to: new Date(Date.parse(a.last_seen_at) + AROUND_MS).toISOString() });
const order = Object.keys(moves) as Move[];

export function AlertsScreen() {
    const resolved = place.value.query.has("resolved");
    const [open, setOpen] = useState<{ of: Alert; move: Move } | null>(null);
    const [turn, setTurn] = useState(0);
    const columns: Column<Alert, "first_seen_at" | "last_seen_at" | "occurrences">[] = [
        { name: "console.severity", value: a => word(a.severity), show: a => <State of={a.severity} /> },
        { name: "console.alert", value: a => a.title, show: a => <div class="told"><b>{a.title}</b>{a.detail && <small>{a.detail}</small>}<a class="link" href={logsOf(a)}>{t("console.logs_of_alert")}</a></div> },
        { name: "console.state", value: a => word(a.status), show: a => <State of={a.status} /> },
        { name: "console.times", sort: "occurrences", value: a => a.occurrences, end: true },
        { name: "console.first_seen", sort: "first_seen_at", value: a => a.first_seen_at, show: a => <Instant at={a.first_seen_at} /> },
        { name: "console.last_seen", sort: "last_seen_at", value: a => a.last_seen_at, show: a => <Instant at={a.last_seen_at} /> },
        { name: "console.verdict", value: () => null, show: a => (
            <span class="actions">
                {order.filter(m => (moves[m].from as readonly string[]).includes(a.status)).map(m => (
                    <Button key={m} onClick={() => setOpen({ of: a, move: m })}>{t(moves[m].name)}</Button>
                ))}
            </span>
        ) },
    ];
    return (
        <>
            <Title text={t("console.alerts")} />
            <Table title={t("console.alerts")} columns={columns} usual="-first_seen_at" keyOf={a => a.id} file="alerts" deps={[resolved, turn]}
                   load={(asked, signal) => api.get("/v1/admin/alerts", { query: { ...(resolved ? { resolved } : {}), ...asked }, signal })}
                   filters={<Segmented label={t("console.state")} value={resolved ? "all" : "open"} onValue={v => filterBy(["alerts"], v === "all" ? { resolved: "1" } : {})}
                                       choices={[{ value: "open", label: t("console.unresolved") }, { value: "all", label: t("console.all") }]} />} />
            {open && (
                <ReasonSheet title={t(moves[open.move].name)} text={open.of.title} yes={t(moves[open.move].name)} onClose={() => setOpen(null)}
                             onDone={() => setTurn(n => n + 1)}
                             run={(reason, key) => api.post(moves[open.move].path, { path: { alert_id: open.of.id }, body: { reason }, key })} />
            )}
        </>
    );
}
