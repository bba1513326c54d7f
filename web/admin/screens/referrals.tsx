// Who invited whom; first those whose reward waits for an operator.
import { useState } from "preact/hooks";
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { place } from "../../shared/router.ts";
import { Button, SelectField } from "../../shared/ui.tsx";
import { Id, Instant, ReasonSheet, State, Title, word } from "../parts.tsx";
import { filterBy, Table, type Column } from "../table.tsx";

type Referral = Schema<"Referral">;
const STATES = ["held", "pending", "rewarded", "rejected", "taken_back"] as const;

export function ReferralsScreen() {
    const asked = place.value.query.get("status") ?? "held";
    const status = STATES.find(s => s === asked);
    const [open, setOpen] = useState<{ of: Referral; approve: boolean } | null>(null);
    const [turn, setTurn] = useState(0);
    const columns: Column<Referral, "created_at">[] = [
        { name: "console.referrer", value: r => r.referrer_id, show: r => <Id of={r.referrer_id} to="users" /> },
        { name: "console.referred", value: r => r.referred_id, show: r => <Id of={r.referred_id} to="users" /> },
        { name: "console.state", value: r => word(r.status), show: r => <State of={r.status} /> },
        { name: "console.why", value: r => r.reasons },
        { name: "console.at", sort: "created_at", value: r => r.created_at, show: r => <Instant at={r.created_at} /> },
        { name: "console.verdict", value: () => null, show: r => r.status === "held" && (
            <span class="actions">
                <Button onClick={() => setOpen({ of: r, approve: true })}>{t("console.approve")}</Button>
                <Button look="danger" onClick={() => setOpen({ of: r, approve: false })}>{t("console.reject")}</Button>
            </span>
        ) },
    ];
    return (
        <>
            <Title text={t("console.referrals")} />
            <Table title={t("console.referrals")} columns={columns} usual="-created_at" keyOf={r => r.referred_id} file="referrals" deps={[turn, status]}
                   load={(asked, signal) => api.get("/v1/admin/referrals", { query: { status, ...asked }, signal })}
                   filters={<SelectField label={t("console.state")} value={status ?? "all"} onValue={s => filterBy(["referrals"], { status: s })}
                                         choices={[{ value: "all", label: t("console.any") }, ...STATES.map(s => ({ value: s as string, label: word(s) }))]} />} />
            {open && (
                <ReasonSheet title={open.approve ? t("console.approve") : t("console.reject")} yes={open.approve ? t("console.approve") : t("console.reject")}
                             danger={!open.approve} onClose={() => setOpen(null)} onDone={() => setTurn(n => n + 1)}
                             run={(reason, key) => api.post("/v1/admin/referrals/{referred_id}/review",
                                                            { path: { referred_id: open.of.referred_id }, body: { approve: open.approve, reason }, key })} />
            )}
        </>
    );
}
