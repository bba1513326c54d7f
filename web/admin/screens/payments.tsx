// Payments of everybody, by provider, state, person or the provider's own id.
import { api, type Query, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { Button, SelectField, TextField } from "../../shared/ui.tsx";
import { currencyCodes, Id, Instant, State, sum, Title, word } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";

type Payment = Schema<"TheirPayment">;
const PROVIDERS = ["stars", "yookassa", "cryptobot", "sandbox", "balance"] as const;
const STATES = ["created", "pending", "unknown", "succeeded", "partially_refunded", "refunded", "disputed", "charged_back", "failed", "canceled",
                "expired"] as const;

const columns: Column<Payment, "created_at" | "amount">[] = [
    { name: "console.payment", value: p => p.id, show: p => <Id of={p.id} to="payments" /> },
    { name: "console.state", value: p => word(p.status), show: p => <State of={p.status} /> },
    { name: "console.amount", sort: "amount", value: p => p.amount, show: p => sum(p.amount, p.currency), end: true },
    { name: "console.refunded", value: p => p.refunded, show: p => (p.refunded ? sum(p.refunded, p.currency) : "—"), end: true },
    { name: "console.currency", value: p => p.currency },
    { name: "console.provider", value: p => p.provider },
    { name: "console.plan", value: p => p.plan ?? p.purpose },
    { name: "console.person", value: p => p.user_id, show: p => <Id of={p.user_id} to="users" /> },
    { name: "console.at", sort: "created_at", value: p => p.created_at, show: p => <Instant at={p.created_at} /> },
];

interface Wanted { provider: string; status: string; currency: string; user_id: string; charge: string; revenue_from: string; revenue_to: string }

function Filters({ now }: { now: Wanted }) {
    const [charge, setCharge] = useTyped(now.charge);
    const change = (to: Partial<Wanted>) => filterBy(["payments"], { ...now, ...to });
    const any = { value: "", label: t("console.any") };
    return (
        <form class="filters" role="search" onSubmit={e => { e.preventDefault(); change({ charge: charge.trim(), ...(charge.trim() ? { revenue_from: "", revenue_to: "" } : {}) }); }}>
            <SelectField label={t("console.provider")} value={now.provider} onValue={provider => change({ provider })}
                         choices={[any, ...PROVIDERS.map(p => ({ value: p as string, label: p as string }))]} />
            <SelectField label={t("console.state")} value={now.status} onValue={status => change({ status })}
                         choices={[any, ...STATES.map(s => ({ value: s as string, label: word(s) }))]} />
            <SelectField label={t("console.currency")} value={now.currency} onValue={currency => change({ currency })}
                         choices={[any, ...currencyCodes().map(c => ({ value: c, label: c }))]} />
            <TextField label={t("console.revenue_from")} type="date" value={now.revenue_from} onValue={revenue_from => change({ revenue_from, charge: "" })} />
            <TextField label={t("console.revenue_to")} type="date" value={now.revenue_to} onValue={revenue_to => change({ revenue_to, charge: "" })} />
            <TextField label={t("console.charge")} type="search" value={charge} onValue={setCharge} maxLength={200} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
            {now.user_id && <Button icon="close" onClick={() => change({ user_id: "" })}>{t("console.of_everybody")}</Button>}
        </form>
    );
}

export function PaymentsScreen() {
    const query = place.value.query;
    const of = (name: string) => query.get(name) ?? "";
    const now: Wanted = { provider: PROVIDERS.find(p => p === of("provider")) ?? "", status: STATES.find(s => s === of("status")) ?? "",
                          currency: of("currency"), user_id: of("user_id"), charge: of("charge"), revenue_from: of("revenue_from"), revenue_to: of("revenue_to") };
    const wanted = Object.fromEntries(Object.entries(now).filter(([, v]) => v)) as Query<"/v1/admin/payments", "get">;
    const key = JSON.stringify(now);
    return (
        <>
            <Title text={t("console.payments")} />
            <Table title={t("console.payments")} columns={columns} usual="-created_at" keyOf={p => p.id} file="payments" deps={[key]} filters={<Filters now={now} />}
                   load={(asked, signal) => api.get("/v1/admin/payments", { query: { ...wanted, ...asked }, signal })} />
        </>
    );
}
