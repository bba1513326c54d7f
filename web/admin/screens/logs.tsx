// Warnings and errors of the program, newest first; those of one kind.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { href, place } from "../../shared/router.ts";
import { Button, Segmented, TextField } from "../../shared/ui.tsx";
import { Instant, State, Title, word } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";

type LogEvent = Schema<"LogEvent">;
type Level = "warn" | "error";

const context = (e: LogEvent) => (e.context ? Object.entries(e.context).map(([k, v]) => `${k}=${String(v)}`).join(" ") : null);

const columns: Column<LogEvent, "created_at">[] = [
    { name: "console.at", sort: "created_at", value: e => e.created_at, show: e => <Instant at={e.created_at} /> },
    { name: "console.severity", value: e => word(e.level), show: e => <State of={e.level} /> },
    { name: "console.event", value: e => e.message, show: e => <div class="told"><b>{e.message}</b>{e.context && <small>{context(e)}</small>}</div> },
    { name: "console.source", value: e => e.source, show: e => <code>{e.source}</code> },
    { name: "console.kind", value: e => e.fingerprint, show: e => <a href={href(["logs"], { fingerprint: e.fingerprint })}>{t("console.of_this_kind")}</a> },
];

interface Wanted { level: string; source: string; fingerprint: string; from: string; to: string }
const query = (w: Wanted) => Object.fromEntries(Object.entries(w).filter(([, v]) => v)) as { level?: Level; source?: string; fingerprint?: string; from?: string; to?: string };
/** An instant as a field of this device's zone has it, and back; what is none is no bound. */
const local = (instant: string) => (instant ? new Date(Date.parse(instant) - new Date(instant).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "");
const instant = (field: string) => (field && !isNaN(Date.parse(field)) ? new Date(field).toISOString() : "");
const bound = (asked: string) => (isNaN(Date.parse(asked)) ? "" : asked);

function Filters({ wanted }: { wanted: Wanted }) {
    const [source, setSource] = useTyped(wanted.source);
    const [from, setFrom] = useTyped(local(wanted.from));
    const [to, setTo] = useTyped(local(wanted.to));
    const show = (change: Partial<Wanted>) => filterBy(["logs"], query({ ...wanted, source: source.trim(), from: instant(from), to: instant(to), ...change }));
    return (
        <form class="filters" role="search" onSubmit={e => { e.preventDefault(); show({}); }}>
            <Segmented label={t("console.severity")} value={wanted.level} onValue={level => show({ level })}
                       choices={[{ value: "", label: t("console.all") }, { value: "warn", label: word("warn") }, { value: "error", label: word("error") }]} />
            <TextField label={t("console.source")} type="search" value={source} onValue={setSource} placeholder="sender.c" maxLength={64} />
            <TextField label={t("console.from")} type="datetime-local" value={from} onValue={setFrom} max={to || undefined} />
            <TextField label={t("console.to")} type="datetime-local" value={to} onValue={setTo} min={from || undefined} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
            {wanted.fingerprint && <Button icon="close" onClick={() => show({ fingerprint: "" })}>{t("console.of_every_kind")}</Button>}
        </form>
    );
}

export function LogsScreen() {
    const of = (name: string) => place.value.query.get(name) ?? "";
    const wanted = { level: of("level"), source: of("source"), fingerprint: of("fingerprint"), from: bound(of("from")), to: bound(of("to")) };
    const key = Object.values(wanted).join(" ");
    return (
        <>
            <Title text={t("console.logs")} />
            <Table title={t("console.logs")} columns={columns} usual="-created_at" keyOf={e => e.id} file="logs" deps={[key]} filters={<Filters wanted={wanted} />}
                   load={(asked, signal) => api.get("/v1/admin/logs", { query: { ...query(wanted), ...asked }, signal })} />
        </>
    );
}
