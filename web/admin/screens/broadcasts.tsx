// What operators told everybody, and how far it came. They are written and stopped in the chat with the bot.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { SelectField } from "../../shared/ui.tsx";
import { Id, Instant, State, Title, word } from "../parts.tsx";
import { filterBy, Table, type Column } from "../table.tsx";

type Broadcast = Schema<"Broadcast">;
const STATES = ["draft", "running", "stopped", "done"] as const;

const columns: Column<Broadcast, "created_at" | "people" | "queued" | "sent" | "failed">[] = [
    { name: "console.message", value: b => b.body, show: b => <div class="told">{b.body}</div> },
    { name: "console.state", value: b => word(b.status), show: b => <State of={b.status} /> },
    { name: "console.people", sort: "people", value: b => b.people, end: true },
    { name: "console.queued", sort: "queued", value: b => b.queued, end: true },
    { name: "console.sent", sort: "sent", value: b => b.sent, end: true },
    { name: "console.failed", sort: "failed", value: b => b.failed, end: true },
    { name: "console.actor", value: b => b.user_id, show: b => <Id of={b.user_id} to="users" /> },
    { name: "console.at", sort: "created_at", value: b => b.created_at, show: b => <Instant at={b.created_at} /> },
];

export function BroadcastsScreen() {
    const status = STATES.find(s => s === place.value.query.get("status"));
    return (
        <>
            <Title text={t("console.broadcasts")} />
            <Table title={t("console.broadcasts")} columns={columns} usual="-created_at" keyOf={b => b.id} file="broadcasts" deps={[status]}
                   load={(asked, signal) => api.get("/v1/admin/broadcasts", { query: { status, ...asked }, signal })}
                   filters={<SelectField label={t("console.state")} value={status ?? ""} onValue={s => filterBy(["broadcasts"], { status: s })}
                                         choices={[{ value: "", label: t("console.any") }, ...STATES.map(s => ({ value: s as string, label: word(s) }))]} />} />
        </>
    );
}
