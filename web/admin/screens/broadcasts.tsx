// What operators told everybody, and how far it came. They are written and stopped in the chat with the bot.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { Id, Instant, State, Title, word } from "../parts.tsx";
import { Table, type Column } from "../table.tsx";

type Broadcast = Schema<"Broadcast">;

const columns: Column<Broadcast>[] = [
    { name: "console.message", value: b => b.body, show: b => <div class="told">{b.body}</div> },
    { name: "console.state", value: b => word(b.status), show: b => <State of={b.status} /> },
    { name: "console.people", value: b => b.people, end: true },
    { name: "console.queued", value: b => b.queued, end: true },
    { name: "console.sent", value: b => b.sent, end: true },
    { name: "console.failed", value: b => b.failed, end: true },
    { name: "console.actor", value: b => b.user_id, show: b => <Id of={b.user_id} to="users" /> },
    { name: "console.at", value: b => b.created_at, show: b => <Instant at={b.created_at} /> },
];

export function BroadcastsScreen() {
    return (
        <>
            <Title text={t("console.broadcasts")} />
            <Table title={t("console.broadcasts")} columns={columns} keyOf={b => b.id} file="broadcasts" deps={[]}
                   load={(cursor, limit, signal) => api.get("/v1/admin/broadcasts", { query: { cursor, limit }, signal })} />
        </>
    );
}
