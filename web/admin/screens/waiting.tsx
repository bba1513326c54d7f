// What waits to be sent and to be acted on, row by row: what is behind the overview's queues. What messages say is not shown.
import type { ComponentChildren } from "preact";
import { api, type Query, type Schema } from "../../shared/api.ts";
import { t, type TextKey } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { Button, SelectField, TextField } from "../../shared/ui.tsx";
import { Id, Instant, State, Title } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";
import { size } from "./database.tsx";

type Outgoing = Schema<"OutboxRow">;
type Incoming = Schema<"InboxRow">;

export const lanes: Record<Outgoing["lane"], TextKey> = {
    payments: "console.queue.payments",
    replies: "console.queue.replies",
    reminders: "console.queue.reminders",
    broadcasts: "console.queue.broadcasts",
};
const states: Record<Outgoing["status"], TextKey> = {
    queued: "console.message.queued",
    held: "console.message.held",
    sending: "console.message.sending",
    sent: "console.message.sent",
    failed: "console.message.failed",
    unknown: "console.message.unknown",
    dropped: "console.message.dropped",
};
const arrived: Record<Incoming["status"], TextKey> = { pending: "console.message.queued", parked: "console.message.parked" };
const CHANNELS = ["telegram", "stars", "yookassa", "cryptobot", "sandbox", "files"] as const;
const SOURCES = ["telegram", "yookassa", "cryptobot"] as const;
const keys = <T extends string>(of: Record<T, TextKey>) => Object.keys(of) as T[];
const any = () => ({ value: "", label: t("console.any") });
const Beside = ({ children, under }: { children: ComponentChildren; under: ComponentChildren }) => <div class="beside">{children}{under && <small>{under}</small>}</div>;
const failure = (error: string | null) => <div class="told"><small>{error ?? "—"}</small></div>;

const outgoing: Column<Outgoing, "due_at">[] = [
    { name: "console.state", value: r => t(states[r.status]), show: r => <State of={r.status} text={t(states[r.status])} /> },
    { name: "console.kind", value: r => r.kind, show: r => <Beside under={`${t(lanes[r.lane])} · ${r.channel}`}><code>{r.kind}</code></Beside> },
    { name: "console.queue", value: r => t(lanes[r.lane]), aside: true },
    { name: "console.channel", value: r => r.channel, aside: true },
    { name: "console.person", value: r => r.user_id, show: r => (
        <Beside under={r.chat_id !== null && `${t("console.chat")} ${r.chat_id}`}>
            {r.user_id === null ? t("console.operators_chat") : <Id of={r.user_id} to="users" />}
        </Beside>
    ) },
    { name: "console.chat", value: r => r.chat_id, aside: true },
    { name: "console.due", sort: "due_at", value: r => r.due_at, show: r => <Instant at={r.due_at} /> },
    { name: "console.made", value: r => r.created_at, aside: true },
    { name: "console.tries", value: r => r.attempts, show: r => <Beside under={r.unknowns > 0 && t("console.cut_off", { n: r.unknowns })}>{r.attempts}</Beside>, end: true },
    { name: "console.last_try", value: r => r.attempted_at, show: r => <Instant at={r.attempted_at} /> },
    { name: "console.last_failure", value: r => r.error, show: r => failure(r.error) },
];

interface Wanted { status: string; lane: string; kind: string; channel: string; user_id: string }

function OutgoingFilters({ now }: { now: Wanted }) {
    const [kind, setKind] = useTyped(now.kind);
    const change = (to: Partial<Wanted>) => filterBy(["outbox"], { ...now, kind: kind.trim(), ...to });
    const listed = keys(states).filter(s => now.user_id || (s !== "sent" && s !== "dropped")); // of everybody those are not listed
    return (
        <form class="filters" role="search" onSubmit={e => { e.preventDefault(); change({}); }}>
            <SelectField label={t("console.state")} value={now.status} onValue={status => change({ status })}
                         choices={[any(), ...listed.map(s => ({ value: s as string, label: t(states[s]) }))]} />
            <SelectField label={t("console.queue")} value={now.lane} onValue={lane => change({ lane })}
                         choices={[any(), ...keys(lanes).map(l => ({ value: l as string, label: t(lanes[l]) }))]} />
            <SelectField label={t("console.channel")} value={now.channel} onValue={channel => change({ channel })}
                         choices={[any(), ...CHANNELS.map(c => ({ value: c as string, label: c as string }))]} />
            <TextField label={t("console.kind")} type="search" value={kind} onValue={setKind} placeholder="reminder" maxLength={64} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
            {now.user_id && <Button icon="close" onClick={() => change({ user_id: "", status: listed.includes(now.status as Outgoing["status"]) ? now.status : "" })}>
                {t("console.of_everybody")}</Button>}
        </form>
    );
}

/** What the address asks for, without what the API would not know. */
const asked = (name: string, known?: readonly string[]) => {
    const value = place.value.query.get(name) ?? "";
    return !known || known.includes(value) ? value : "";
};

export function OutboxScreen() {
    const now: Wanted = { status: asked("status", keys(states)), lane: asked("lane", keys(lanes)), kind: asked("kind"),
                          channel: asked("channel", CHANNELS), user_id: asked("user_id") };
    if (!now.user_id && (now.status === "sent" || now.status === "dropped")) now.status = "";
    const wanted = Object.fromEntries(Object.entries(now).filter(([, v]) => v)) as Query<"/v1/admin/outbox", "get">;
    const key = JSON.stringify(now);
    return (
        <>
            <Title text={t("console.outbox")} />
            <Table title={t("console.outbox")} columns={outgoing} usual="-due_at" keyOf={r => r.id} file="outbox" deps={[key]}
                   filters={<OutgoingFilters now={now} />}
                   load={(page, signal) => api.get("/v1/admin/outbox", { query: { ...wanted, ...page }, signal })} />
        </>
    );
}

const incoming: Column<Incoming, "received_at">[] = [
    { name: "console.state", value: r => t(arrived[r.status]), show: r => (
        <Beside under={r.processed_at !== null && <Instant at={r.processed_at} />}>
            <span><State of={r.status === "parked" ? "failed" : r.status} text={t(arrived[r.status])} />{r.begun && <> <State of="running" text={t("console.message.begun")} /></>}</span>
        </Beside>
    ) },
    { name: "console.given_up", value: r => r.processed_at, aside: true },
    { name: "console.from_where", value: r => r.source, show: r => <Beside under={r.external_id}>{r.source}</Beside> },
    { name: "console.external_id", value: r => r.external_id, aside: true },
    { name: "console.chat", value: r => r.chat_id, show: r => (r.chat_id === null ? "—" : String(r.chat_id)), end: true },
    { name: "console.size", value: r => r.bytes, show: r => size(r.bytes), end: true },
    { name: "console.received", sort: "received_at", value: r => r.received_at, show: r => <Instant at={r.received_at} /> },
    { name: "console.next_try", value: r => r.next_at, show: r => <Instant at={r.next_at} /> },
    { name: "console.failures", value: r => r.attempts, end: true },
    { name: "console.last_failure", value: r => r.error, show: r => failure(r.error) },
];

export function InboxScreen() {
    const status = keys(arrived).find(s => s === asked("status")), source = SOURCES.find(s => s === asked("source"));
    const change = (to: Record<string, string>) => filterBy(["inbox"], { status, source, ...to });
    return (
        <>
            <Title text={t("console.inbox")} />
            <Table title={t("console.inbox")} columns={incoming} usual="-received_at" keyOf={r => `${r.source} ${r.external_id}`} file="inbox" deps={[status, source]}
                   load={(page, signal) => api.get("/v1/admin/inbox", { query: { status, source, ...page }, signal })}
                   filters={<>
                       <SelectField label={t("console.state")} value={status ?? ""} onValue={s => change({ status: s })}
                                    choices={[any(), ...keys(arrived).map(s => ({ value: s as string, label: t(arrived[s]) }))]} />
                       <SelectField label={t("console.from_where")} value={source ?? ""} onValue={s => change({ source: s })}
                                    choices={[any(), ...SOURCES.map(s => ({ value: s as string, label: s as string }))]} />
                   </>} />
        </>
    );
}
