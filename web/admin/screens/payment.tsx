// A payment with all that is known of it, in the order it became known; refunds and what the bank says.
import { useEffect, useState } from "preact/hooks";
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { Await, Button, SelectField, Switch, TextField, useLoad } from "../../shared/ui.tsx";
import { Fact, Facts, Id, Instant, minorUnits, ReasonSheet, State, sum, Title } from "../parts.tsx";

type History = Schema<"PaymentHistory">;
type Turn = Schema<"Dispute">["turn"];
interface Sheets { of: History; onClose: () => void; onDone: () => void }

function RefundSheet({ of, ...rest }: Sheets) {
    const left = of.amount - of.refunded;
    const [text, setText] = useState("");
    const [by_hand, setByHand] = useState(false);
    const amount = text.trim() ? minorUnits(text, of.currency) : left;
    const fits = amount !== null && amount >= 1 && amount <= left;
    const refund = (reason: string, key: string) => api.post("/v1/admin/payments/{payment_id}/refund", {
        path: { payment_id: of.id }, key, body: { reason, ...(by_hand ? { by_hand } : {}), ...(text.trim() ? { amount: amount! } : {}) },
    });
    return (
        <ReasonSheet {...rest} title={t("console.refund")} text={t("console.refund_text", { sum: sum(left, of.currency) })} danger
                     yes={fits ? t("console.refund_sum", { sum: sum(amount, of.currency) }) : t("console.refund")} what={`${text}|${by_hand}`} ready={fits} run={refund}>
            <TextField label={`${t("console.amount")}, ${of.currency}`} hint={t("console.refund_all")} inputMode="decimal" value={text} onValue={setText}
                       error={fits ? undefined : t("console.refund_wrong")} />
            <Switch label={t("console.by_hand")} note={t("console.by_hand_note")} checked={by_hand} onValue={setByHand} />
        </ReasonSheet>
    );
}

function DisputeSheet({ of, ...rest }: Sheets) {
    const [turn, setTurn] = useState<Turn>(of.status === "disputed" ? "won" : "opened");
    return (
        <ReasonSheet {...rest} title={t("console.dispute")} text={t("console.dispute_text")} yes={t("console.dispute_record")} what={turn} danger
                     run={(reason, key) => api.post("/v1/admin/payments/{payment_id}/dispute", { path: { payment_id: of.id }, key, body: { turn, dispute: "dispute", reason } })}>
            <SelectField label={t("console.dispute_turn")} value={turn} onValue={setTurn} choices={[
                { value: "opened", label: t("console.dispute.opened") },
                { value: "won", label: t("console.dispute.won") },
                { value: "lost", label: t("console.dispute.lost") },
            ]} />
        </ReasonSheet>
    );
}

function Timeline({ of }: { of: History }) {
    return (
        <ol class="card timeline">
            {of.events.map((e, i) => (
                <li key={i}>
                    <p><State of={e.kind} />{e.amount !== null && <b>{sum(e.amount, e.currency ?? of.currency)}</b>}</p>
                    {e.note && <p>{e.note}</p>}
                    {(e.charge ?? e.ref) && <p><code>{e.charge ?? e.ref}</code></p>}
                    <small class="muted"><Instant at={e.occurred_at} /></small>
                </li>
            ))}
        </ol>
    );
}

const refundable = new Set<History["status"]>(["succeeded", "partially_refunded"]);
const disputable = new Set<History["status"]>(["succeeded", "partially_refunded", "disputed"]);

const LOOK_AGAIN_MS = 2000;

export function PaymentScreen({ id }: { id: string }) {
    const payment = useLoad(signal => api.get("/v1/admin/payments/{payment_id}", { path: { payment_id: id }, signal }), [id]);
    const [open, setOpen] = useState<"refund" | "dispute" | null>(null);
    useEffect(() => {
        if (payment.value?.events.at(-1)?.kind !== "refund_asked") return;
        const timer = setTimeout(payment.reload, LOOK_AGAIN_MS); // until the provider has answered
        return () => clearTimeout(timer);
    }, [payment.value]);
    return (
        <Await of={payment}>
            {of => {
                const sheet = { of, onDone: payment.reload, onClose: () => setOpen(null) };
                return (
                    <>
                        <Title text={sum(of.amount, of.currency)} up={{ href: href(["payments"]), text: t("console.payments") }}>
                            {disputable.has(of.status) && of.provider !== "balance" && <Button onClick={() => setOpen("dispute")}>{t("console.dispute")}</Button>}
                            {refundable.has(of.status) && <Button look="danger" onClick={() => setOpen("refund")}>{t("console.refund")}</Button>}
                        </Title>
                        <Facts>
                            <Fact name={t("console.state")}><State of={of.status} /></Fact>
                            <Fact name={t("console.refunded")}>{sum(of.refunded, of.currency)}</Fact>
                            <Fact name={t("console.provider")}>{of.provider}</Fact>
                            <Fact name={t("console.plan")}>{of.plan ?? of.purpose}</Fact>
                            <Fact name={t("console.person")}><Id of={of.user_id} to="users" /></Fact>
                            <Fact name={t("console.charge")}>{of.charge ? <code>{of.charge}</code> : "—"}</Fact>
                            <Fact name={t("console.payment")}><code>{of.id}</code></Fact>
                            <Fact name={t("console.at")}><Instant at={of.created_at} /></Fact>
                        </Facts>
                        <h2 class="above">{t("console.events")}</h2>
                        <Timeline of={of} />
                        {open === "refund" && <RefundSheet {...sheet} />}
                        {open === "dispute" && <DisputeSheet {...sheet} />}
                    </>
                );
            }}
        </Await>
    );
}
