// What operators and people did, newest first.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { Button, TextField } from "../../shared/ui.tsx";
import { Id, Instant, Title } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";

type AuditRow = Schema<"AuditRow">;
const detail = (r: AuditRow) => (r.detail ? Object.entries(r.detail).map(([k, v]) => `${k}: ${typeof v === "string" ? v : JSON.stringify(v)}`).join("; ") : null);

const columns: Column<AuditRow, "created_at">[] = [
    { name: "console.at", sort: "created_at", value: r => r.created_at, show: r => <Instant at={r.created_at} /> },
    { name: "console.operation", value: r => r.operation, show: r => <code>{r.operation}</code> },
    { name: "console.person", value: r => r.user_id, show: r => <Id of={r.user_id} to="users" /> },
    { name: "console.actor", value: r => r.actor, show: r => <code title={r.actor}>{r.actor.length > 20 ? `…${r.actor.slice(-8)}` : r.actor}</code> },
    { name: "console.detail", value: detail },
    { name: "console.request", value: r => r.request_id, show: r => <code>{r.request_id || "—"}</code> },
];

function Filters({ user_id, operation }: { user_id: string; operation: string }) {
    const [text, setText] = useTyped(operation);
    return (
        <form class="filters" role="search" onSubmit={e => { e.preventDefault(); filterBy(["audit"], { user_id, operation: text.trim() }); }}>
            <TextField label={t("console.operation")} type="search" value={text} onValue={setText} placeholder="payment.refund" maxLength={64} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
            {user_id && <Button icon="close" onClick={() => filterBy(["audit"], { operation })}>{t("console.of_everybody")}</Button>}
        </form>
    );
}

export function AuditScreen() {
    const user_id = place.value.query.get("user_id") ?? "", operation = place.value.query.get("operation") ?? "";
    const wanted = { ...(user_id ? { user_id } : {}), ...(operation ? { operation } : {}) };
    return (
        <>
            <Title text={t("console.audit")} />
            <Table title={t("console.audit")} columns={columns} usual="-created_at" keyOf={r => r.id} file="audit" deps={[user_id, operation]}
                   filters={<Filters user_id={user_id} operation={operation} />}
                   load={(asked, signal) => api.get("/v1/admin/audit", { query: { ...wanted, ...asked }, signal })} />
        </>
    );
}
