// Everything about one person: who they are, their wallet, what they paid for, and what an operator can do.
import { useState } from "preact/hooks";
import { api, type Schema } from "../../shared/api.ts";
import { number, t, type TextKey } from "../../shared/i18n.ts";
import { href, place } from "../../shared/router.ts";
import { Await, Button, Row, Section, SelectField, TextField, useLoad } from "../../shared/ui.tsx";
import { Fact, Facts, Id, Instant, minorUnits, ReasonSheet, State, sum, Title } from "../parts.tsx";
import { filterBy, Table, type Column } from "../table.tsx";
import { personName, personStates } from "./users.tsx";

type Card = Schema<"PersonCard">;
type Transaction = Schema<"Transaction">;
type Open = { kind: "grant" | "adjust" | "block" } | { kind: "revoke"; period: string } | null;
interface Sheets { of: Card; onClose: () => void; onDone: () => void }

const kinds: Record<Transaction["kind"], TextKey> = {
    topup: "console.kind.topup",
    subscription: "console.kind.subscription",
    refund: "console.kind.refund",
    chargeback: "console.kind.chargeback",
    referral_reward: "console.kind.referral_reward",
    adjustment: "console.kind.adjustment",
};

const KINDS = Object.keys(kinds) as Transaction["kind"][];

const transactions: Column<Transaction, "seq">[] = [
    { name: "console.number", sort: "seq", value: r => r.seq, end: true },
    { name: "console.kind", value: r => t(kinds[r.kind]) },
    { name: "console.amount", value: r => r.amount, show: r => sum(r.amount, r.currency), end: true },
    { name: "console.balance_after", value: r => r.balance_after, show: r => sum(r.balance_after, r.currency), end: true },
    { name: "console.payment", value: r => r.payment_id, show: r => (r.payment_id ? <Id of={r.payment_id} to="payments" /> : "—") },
    { name: "console.reason", value: r => r.reason },
    { name: "console.at", value: r => r.created_at, show: r => <Instant at={r.created_at} /> },
];

function GrantSheet({ of, ...rest }: Sheets) {
    const [months, setMonths] = useState("1");
    const ready = /^\d{1,3}$/.test(months) && Number(months) >= 1 && Number(months) <= 120;
    return (
        <ReasonSheet {...rest} title={t("console.grant")} yes={t("console.grant")} what={months} ready={ready}
                     run={(reason, key) => api.post("/v1/admin/users/{user_id}/grant", { path: { user_id: of.id }, body: { months: Number(months), reason }, key })}>
            <TextField label={t("console.months")} inputMode="numeric" value={months} onValue={setMonths} />
        </ReasonSheet>
    );
}

function AdjustSheet({ of, ...rest }: Sheets) {
    const [text, setText] = useState("");
    const amount = minorUnits(text, of.balance.currency);
    return (
        <ReasonSheet {...rest} title={t("console.adjust")} text={t("console.adjust_text")} yes={t("console.adjust")} what={text} ready={!!amount}
                     run={(reason, key) => api.post("/v1/admin/users/{user_id}/adjust", { path: { user_id: of.id }, body: { amount: amount!, reason }, key })}>
            <TextField label={`${t("console.amount")}, ${of.balance.currency}`} inputMode="text" value={text} onValue={setText}
                       error={text && !amount ? t("console.not_number") : undefined} />
        </ReasonSheet>
    );
}

function BlockSheet({ of, ...rest }: Sheets) {
    const name = of.blocked ? t("console.unblock") : t("console.block");
    const path = of.blocked ? "/v1/admin/users/{user_id}/unblock" : "/v1/admin/users/{user_id}/block";
    return (
        <ReasonSheet {...rest} title={name} text={of.blocked ? undefined : t("console.block_text")} yes={name} danger={!of.blocked}
                     run={(reason, key) => api.post(path, { path: { user_id: of.id }, body: { reason }, key })} />
    );
}

function RevokeSheet({ of, period, ...rest }: Sheets & { period: string }) {
    return (
        <ReasonSheet {...rest} title={t("console.revoke")} text={t("console.revoke_text")} yes={t("console.revoke")} danger
                     run={(reason, key) => api.post("/v1/admin/users/{user_id}/revoke", { path: { user_id: of.id }, body: { period_id: period, reason }, key })} />
    );
}

function Periods({ of, revoke }: { of: Card; revoke: (period: string) => void }) {
    const s = of.subscription;
    if (!s) return <Section title={t("console.subscription")}><Row title={t("console.nothing")} /></Section>;
    return (
        <Section title={t("console.subscription")} aside={<State of={s.status} />}>
            <Row title={s.plan} note={<><Instant at={s.starts_at} /> – <Instant at={s.ends_at} /></>} />
            {s.periods.map(p => (
                <div class="row" key={p.id}>
                    <span class="row-text">
                        <span>{p.plan} <State of={p.status} /></span>
                        <small><Instant at={p.starts_at} /> – <Instant at={p.ends_at} /> {p.payment_id && <Id of={p.payment_id} to="payments" />}</small>
                    </span>
                    {p.status !== "revoked" && <Button look="danger" onClick={() => revoke(p.id)}>{t("console.revoke")}</Button>}
                </div>
            ))}
        </Section>
    );
}

function Who({ of }: { of: Card }) {
    return (
        <Facts>
            <Fact name={t("console.state")}>{personStates(of).map(s => <State key={s} of={s} />)}</Fact>
            <Fact name={t("console.telegram_id")}>{of.telegram_id === null ? "—" : String(of.telegram_id)}</Fact>
            <Fact name={t("console.username")}>{of.username ? `@${of.username}` : "—"}</Fact>
            <Fact name={t("console.balance")}>{sum(of.balance.debt ? -of.balance.debt : of.balance.amount, of.balance.currency)}</Fact>
            <Fact name={t("console.zone")}>{of.timezone}</Fact>
            <Fact name={t("console.language")}>{of.language_code}</Fact>
            <Fact name={t("console.referral_code")}><code>{of.referral_code}</code></Fact>
            <Fact name={t("console.since")}><Instant at={of.created_at} /></Fact>
        </Facts>
    );
}

export function UserScreen({ id }: { id: string }) {
    const kind = KINDS.find(k => k === place.value.query.get("kind"));
    const card = useLoad(signal => api.get("/v1/admin/users/{user_id}", { path: { user_id: id }, signal }), [id]);
    const [open, setOpen] = useState<Open>(null);
    const [turn, setTurn] = useState(0);
    const onDone = () => { card.reload(); setTurn(n => n + 1); };
    return (
        <Await of={card}>
            {of => {
                const sheet = { of, onDone, onClose: () => setOpen(null) };
                return (
                    <>
                        <Title text={personName(of)} up={{ href: href(["users"]), text: t("console.users") }}>
                            <Button onClick={() => setOpen({ kind: "grant" })}>{t("console.grant")}</Button>
                            <Button onClick={() => setOpen({ kind: "adjust" })}>{t("console.adjust")}</Button>
                            <Button look={of.blocked ? "plain" : "danger"} onClick={() => setOpen({ kind: "block" })}>
                                {of.blocked ? t("console.unblock") : t("console.block")}
                            </Button>
                        </Title>
                        <Who of={of} />
                        <Section>
                            <Row icon="wallet" title={t("console.payments")} href={href(["payments"], { user_id: id })} />
                            <Row icon="out" title={t("console.outbox")} href={href(["outbox"], { user_id: id })} />
                            <Row icon="shield" title={t("console.audit")} href={href(["audit"], { user_id: id })} />
                        </Section>
                        <Periods of={of} revoke={period => setOpen({ kind: "revoke", period })} />
                        <h2 class="above">{t("console.transactions")}</h2>
                        <Table title={t("console.transactions")} columns={transactions} usual="-seq" keyOf={r => number(r.seq)} file={`transactions-${id}`} deps={[id, turn, kind]}
                               load={(asked, signal) => api.get("/v1/admin/users/{user_id}/transactions",
                                                                { path: { user_id: id }, query: { kind, ...asked }, signal })}
                               filters={<SelectField label={t("console.kind")} value={kind ?? ""} onValue={k => filterBy(["users", id], { kind: k })}
                                                     choices={[{ value: "", label: t("console.any") }, ...KINDS.map(k => ({ value: k as string, label: t(kinds[k]) }))]} />} />
                        {open?.kind === "grant" && <GrantSheet {...sheet} />}
                        {open?.kind === "adjust" && <AdjustSheet {...sheet} />}
                        {open?.kind === "block" && <BlockSheet {...sheet} />}
                        {open?.kind === "revoke" && <RevokeSheet {...sheet} period={open.period} />}
                    </>
                );
            }}
        </Await>
    );
}
