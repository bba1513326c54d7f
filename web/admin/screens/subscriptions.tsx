// Subscriptions of everybody, the last to end first.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { SelectField } from "../../shared/ui.tsx";
import { Id, Instant, State, Title, word } from "../parts.tsx";
import { filterBy, Table, type Column } from "../table.tsx";

type Subscription = Schema<"TheirSubscription">;
const STATES = ["trialing", "active", "past_due", "canceled", "suspended", "expired", "revoked"] as const;

const columns: Column<Subscription, "ends_at" | "starts_at">[] = [
    { name: "console.person", value: s => s.user_id, show: s => <Id of={s.user_id} to="users" /> },
    { name: "console.plan", value: s => s.plan },
    { name: "console.state", value: s => word(s.status), show: s => <State of={s.status} /> },
    { name: "console.renews", value: s => word(s.canceled ? "none" : s.renews_by) },
    { name: "console.starts", sort: "starts_at", value: s => s.starts_at, show: s => <Instant at={s.starts_at} /> },
    { name: "console.ends", sort: "ends_at", value: s => s.ends_at, show: s => <Instant at={s.ends_at} /> },
];

export function SubscriptionsScreen() {
    const status = STATES.find(s => s === place.value.query.get("status"));
    return (
        <>
            <Title text={t("console.subscriptions")} />
            <Table title={t("console.subscriptions")} columns={columns} usual="-ends_at" keyOf={s => s.id} file="subscriptions" deps={[status]}
                   load={(asked, signal) => api.get("/v1/admin/subscriptions", { query: { status, ...asked }, signal })}
                   filters={<SelectField label={t("console.state")} value={status ?? ""} onValue={s => filterBy(["subscriptions"], { status: s })}
                                         choices={[{ value: "", label: t("console.any") }, ...STATES.map(s => ({ value: s as string, label: word(s) }))]} />} />
        </>
    );
}
