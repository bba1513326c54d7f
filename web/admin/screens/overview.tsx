// What waits for an operator, the newest alerts, and how the service does; each figure is a link to the rows behind it.
import { api, type Schema } from "../../shared/api.ts";
import { number, t } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { Await, Row, Section, useLoad } from "../../shared/ui.tsx";
import { Instant, State, Title } from "../parts.tsx";
import type { Page } from "../table.tsx";
import { Figures } from "./figures_parts.tsx";
import { lanes } from "./waiting.tsx";

const COUNTED = 200; // a page; more is told as "200+"
const ALERTS_SHOWN = 5;

function Figure({ name, of, to, calm }: { name: string; of: Page<unknown>; to: string; calm?: boolean }) {
    const n = of.items.length;
    return (
        <a class={`card figure${n && !calm ? " attention" : ""}`} href={to}>
            <b>{number(n)}{of.next !== null && "+"}</b>
            <span>{name}</span>
        </a>
    );
}

const queueName = (queue: Schema<"Queues">["queues"][number]["queue"]) => t(queue === "arrivals" ? "console.queue.arrivals" : lanes[queue]);
const troubles = [
    ["parked", "console.queue.parked", "inbox"],
    ["held", "console.queue.held", "outbox"],
    ["sending", "console.queue.sending", "outbox"],
    ["failed", "console.queue.failed", "outbox"],
    ["unknown", "console.queue.unknown", "outbox"],
] as const;

/** What waits, in the order in which it goes; below what went wrong, when there is any. */
function Queues() {
    const queues = useLoad(signal => api.get("/v1/admin/queues", { signal }), []);
    const waiting = (queue: string) =>
        queue === "arrivals" ? href(["inbox"], { status: "pending", sort: "received_at" }) : href(["outbox"], { status: "queued", lane: queue, sort: "due_at" });
    return (
        <Section title={t("console.queues")}>
            <Await of={queues} lines={3}>
                {q => (
                    <>
                        {q.queues.map(x => (
                            <Row key={x.queue} title={queueName(x.queue)} value={number(x.waiting)} href={waiting(x.queue)}
                                 note={x.oldest_at !== null ? <>{t("console.oldest")} <Instant at={x.oldest_at} /></> : undefined} />
                        ))}
                        {troubles.map(([what, name, list]) => q[what] > 0 && <Row key={what} icon="warn" title={t(name)} value={number(q[what])} href={href([list], { status: what })} />)}
                    </>
                )}
            </Await>
        </Section>
    );
}

function Newest({ of }: { of: Schema<"Alert">[] }) {
    return (
        <Section title={t("console.alerts")}>
            {of.length === 0 && <Row icon="check" title={t("console.no_alerts")} />}
            {of.slice(0, ALERTS_SHOWN).map(a => (
                <Row key={a.id} title={a.title} note={<Instant at={a.last_seen_at} />} value={<State of={a.severity} />} href={href(["alerts"])} />
            ))}
        </Section>
    );
}

export function OverviewScreen() {
    const waiting = useLoad(async signal => {
        const query = { limit: COUNTED };
        const [alerts, referrals, unknown, disputed, pending] = await Promise.all([
            api.get("/v1/admin/alerts", { query, signal }),
            api.get("/v1/admin/referrals", { query: { ...query, status: "held" }, signal }),
            api.get("/v1/admin/payments", { query: { ...query, status: "unknown" }, signal }),
            api.get("/v1/admin/payments", { query: { ...query, status: "disputed" }, signal }),
            api.get("/v1/admin/payments", { query: { ...query, status: "pending" }, signal }),
        ]);
        return { alerts, referrals, unknown, disputed, pending };
    }, []);
    return (
        <>
            <Title text={t("console.overview")} />
            <Await of={waiting}>
                {w => (
                    <div class="figures">
                        <Figure name={t("console.figure.alerts")} of={w.alerts} to={href(["alerts"])} />
                        <Figure name={t("console.figure.referrals")} of={w.referrals} to={href(["referrals"])} />
                        <Figure name={t("console.figure.unknown")} of={w.unknown} to={href(["payments"], { status: "unknown" })} />
                        <Figure name={t("console.figure.disputed")} of={w.disputed} to={href(["payments"], { status: "disputed" })} />
                        <Figure name={t("console.figure.pending")} of={w.pending} to={href(["payments"], { status: "pending" })} calm />
                    </div>
                )}
            </Await>
            <div class="halves">
                {waiting.value && <Newest of={waiting.value.alerts.items} />}
                <Queues />
            </div>
            <Figures />
        </>
    );
}
