// Premium, the wallet with its history, inviting friends.
import { useEffect, useRef, useState } from "preact/hooks";
import { all, ApiError, api, randomId, type Schema } from "../../shared/api.ts";
import { digitsOf, learnCurrencies, sum as price } from "../../shared/currency.ts";
import { dayText, instantText, t, type TextKey } from "../../shared/i18n.ts";
import { inTelegram, openLink } from "../../shared/telegram.ts";
import { ask, Await, Button, Row, Section, Segmented, Sheet, Switch, TextField, toast, useBusy } from "../../shared/ui.tsx";
import { Page } from "../parts/page.tsx";
import { changed, useKept } from "../store/kept.ts";
import { followLeft, followNew, unpaid } from "../store/payment.ts";
import { me, useMe } from "../store/person.ts";
import { readAmount } from "../words.ts";

type Plan = Schema<"Plan">;
type Provider = Plan["prices"][number]["providers"][number];
const providerKeys: Record<Provider, TextKey> = { stars: "web.pay.stars", yookassa: "web.pay.yookassa", cryptobot: "web.pay.cryptobot", sandbox: "web.pay.sandbox",
    balance: "web.pay.balance" };
const renewKeys: Record<Schema<"Subscription">["renews_by"], TextKey> = { stars: "web.premium.by_stars", saved_method: "web.premium.by_method",
    balance: "web.premium.by_balance", none: "web.premium.by_none" };
const until = (instant: string) => dayText(instant.slice(0, 10), "full");

/** What is sold, and with it how amounts are written. */
function usePlans() {
    const plans = useKept("plans", signal => api.get("/v1/plans", { signal }));
    const list = plans.value?.currencies;
    useEffect(() => void (list && learnCurrencies(list)), [list]);
    return plans;
}

function span(p: Plan): string {
    if (p.months && p.months % 12 === 0) return t("plan.years", { n: p.months / 12 });
    return p.months ? t("plan.months", { n: p.months }) : t("plan.days", { n: p.days });
}

type Order = Schema<"Order">;
/** An order that has to say where its receipt goes; why: what was said is no such place. */
interface Unaddressed { order: Order; why?: string }

/**
 * An order at a provider: its page opens, and the payment is looked at; true when it is over and this is still shown, false when it can
 * be given again. Meanwhile `page` is where it is paid. Where the shop makes receipts and knows no contact of the person, the order waits
 * in `unaddressed` to be given again with one; the server keeps it, so it is asked once.
 */
function usePay() {
    const [busy, run] = useBusy();
    const [mine, begin] = useState<string>();
    const [unaddressed, wait] = useState<Unaddressed | null>(null);
    const here = useRef(true);
    useEffect(() => () => void (here.current = false), []);
    const pay = async (order: Order): Promise<boolean> => {
        let over = false;
        await run(async () => {
            try {
                const p = await api.post("/v1/payments", { body: order, key: randomId() });
                wait(null);
                begin(p.id);
                over = await followNew(p);
            } catch (e) {
                if (!(e instanceof ApiError) || (e.code !== "receipt_contact_required" && e.field !== "contact")) throw e;
                wait({ order, why: order.contact === undefined ? undefined : t("web.pay.contact_wrong") });
            }
        });
        return over && here.current;
    };
    return { busy, page: busy && unpaid.value?.id === mine ? unpaid.value?.pay_url : undefined, pay, unaddressed };
}

/** A browser keeps a page from opening long after the press, and people close what they still need. */
function OpenAgain({ page }: { page: string }) {
    if (inTelegram) return <Button wide onClick={() => openLink(page)}>{t("web.pay.open_again")}</Button>;
    return <a class="button plain wide" href={page} target="_blank" rel="noopener noreferrer">{t("web.pay.open_again")}</a>;
}

/** The payment that was left before it was made: otherwise it would be ordered, and perhaps paid, twice. */
function Unfinished() {
    useEffect(() => void followLeft(), []);
    const p = unpaid.value;
    if (!p) return null;
    return (
        <div class="premium-now">
            <p>{t("web.pay.unfinished", { amount: price(p.amount, p.currency) })}</p>
            <OpenAgain page={p.pay_url} />
        </div>
    );
}

function Receipt({ of, busy, pay }: { of: Unaddressed; busy: boolean; pay: (order: Order) => void }) {
    const [contact, set] = useState("");
    const text = contact.trim();
    return (
        <form class="receipt" onSubmit={e => { e.preventDefault(); if (text) pay({ ...of.order, contact: text }); }}>
            <TextField label={t("web.pay.contact")} hint={t("web.pay.contact_hint")} error={of.why} value={contact} onValue={set} maxLength={254} autoFocus />
            <Button look="main" type="submit" wide busy={busy} disabled={!text}>{t("web.balance.pay")}</Button>
        </form>
    );
}

function Buy({ plan, onClose }: { plan: Plan; onClose: () => void }) {
    const { busy, page, pay, unaddressed } = usePay();
    const [buying, run] = useBusy();
    const [key] = useState(randomId);
    const [renew, setRenew] = useState(false); // nothing is charged again that was not asked for
    const order = async (o: Order) => {
        if (await pay(o)) onClose();
    };
    const buy = async (p: Plan["prices"][number], provider: Provider) => {
        if (provider !== "balance")
            return order({ provider, purpose: "subscription", plan: plan.plan, amount: p.amount, currency: p.currency, ...(renew && provider !== "cryptobot" ? { renew } : {}) });
        const yes = await ask({ title: span(plan), text: t("web.premium.from_wallet", { amount: price(p.amount, p.currency) }), yes: t("web.premium.buy") });
        if (!yes) return;
        const ok = await run(() => api.post("/v1/subscription", { body: { plan: plan.plan, pay_from: "balance", renew }, key }));
        changed();
        if (ok) {
            toast(t("web.pay.paid"));
            onClose();
        }
    };
    return (
        <Sheet title={t("web.premium.for", { span: span(plan) })} onClose={onClose}>
            {unaddressed ? <Receipt of={unaddressed} busy={busy} pay={order} /> : (
                <>
                    <p class="muted">{busy ? t("web.pay.waiting") : t("web.premium.how")}</p>
                    {page && <OpenAgain page={page} />}
                    <div class="card"><Switch label={t("web.premium.renew")} note={t("web.premium.renew_note")} checked={renew} onValue={setRenew} /></div>
                    {plan.prices.flatMap(p => p.providers.map(provider => (
                        <Button key={provider + p.currency} wide busy={busy || buying} onClick={() => buy(p, provider)}>
                            {t(providerKeys[provider])} · {price(p.amount, p.currency)}
                        </Button>
                    )))}
                </>
            )}
        </Sheet>
    );
}

export function PremiumScreen() {
    const person = useMe();
    const plans = usePlans();
    const subscription = useKept("subscription", async signal => {
        try {
            return await api.get("/v1/subscription", { signal });
        } catch (e) {
            if (e instanceof ApiError && e.status === 404) return null;
            throw e;
        }
    });
    const [plan, choose] = useState<Plan | null>(null);
    const [busy, run] = useBusy();
    const stop = async () => {
        if (await ask({ title: t("web.premium.stop"), text: t("web.premium.stop_text"), yes: t("web.premium.stop_yes") }))
            await run(() => api.post("/v1/subscription/cancel")).then(changed);
    };
    const s = subscription.value;
    const limit = person.value?.limits.habits;
    return (
        <Page title={t("web.premium.title")}>
            <div class="premium-now">
                <h2>{person.value?.tier === "premium" ? t("web.premium.have") : person.value?.tier === "trial" ? t("web.premium.trial") : t("web.premium.free")}</h2>
                <p>{s && ["active", "trialing", "past_due", "canceled"].includes(s.status) ? t("web.premium.until", { day: until(s.ends_at) })
                    : limit ? t("web.premium.limit", { n: limit }) : ""}</p>
                {s && s.status === "active" && <p class="muted">{t(renewKeys[s.renews_by])}</p>}
                {s && s.status === "active" && s.renews_by !== "none" && !s.canceled && <Button busy={busy} onClick={stop}>{t("web.premium.stop")}</Button>}
            </div>
            <Unfinished />
            <Section title={t("web.premium.plans")}>
                <Await of={plans} lines={2}>{list => list.items.length === 0 ? <Row title={t("web.premium.nothing")} /> : (
                    <>{list.items.map(p => <Row key={p.plan} icon="star" title={span(p)} onClick={() => choose(p)}
                        value={p.prices.map(x => price(x.amount, x.currency)).join(" / ")} />)}</>
                )}</Await>
            </Section>
            {s && s.periods.length > 0 && (
                <Section title={t("web.premium.periods")}>
                    {s.periods.slice().reverse().map(p => <Row key={p.id} title={`${until(p.starts_at)} – ${until(p.ends_at)}`}
                        note={p.status === "active" ? undefined : t(p.status === "revoked" ? "web.premium.revoked" : "web.premium.suspended")} />)}
                </Section>
            )}
            {plan && <Buy plan={plan} onClose={() => choose(null)} />}
        </Page>
    );
}

const kindKeys: Record<Schema<"Transaction">["kind"], TextKey> = { topup: "web.posting.topup", subscription: "web.posting.subscription", refund: "web.posting.refund",
    chargeback: "web.posting.chargeback", referral_reward: "web.posting.reward", adjustment: "web.posting.adjustment" };

function TopUp({ currency, providers, onClose }: { currency: string; providers: Provider[]; onClose: () => void }) {
    const [text, setText] = useState("500");
    const [provider, choose] = useState<Provider>(providers[0]!);
    const [error, setError] = useState<string>();
    const { busy, page, pay, unaddressed } = usePay();
    const order = async (o: Order) => {
        if (await pay(o)) onClose();
    };
    const go = async () => {
        const n = readAmount(text);
        if (!n) return setError(t("web.mark.no_number"));
        await order({ provider: provider as Order["provider"], purpose: "topup", amount: Math.round(n * 10 ** digitsOf(currency)), currency });
    };
    if (unaddressed) return <Sheet title={t("web.balance.topup")} onClose={onClose}><Receipt of={unaddressed} busy={busy} pay={order} /></Sheet>;
    return (
        <Sheet title={t("web.balance.topup")} onClose={onClose} foot={<Button look="main" wide busy={busy} onClick={go}>{t("web.balance.pay")}</Button>}>
            <TextField label={`${t("web.mark.amount")}, ${currency}`} value={text} inputMode="decimal" error={error} onValue={setText} />
            {providers.length > 1 && <Segmented label={t("web.balance.how")} value={provider} onValue={choose} choices={providers.map(value => ({ value, label: t(providerKeys[value]) }))} />}
            {busy && <p class="muted">{t("web.pay.waiting")}</p>}
            {page && <OpenAgain page={page} />}
        </Sheet>
    );
}

export function BalanceScreen() {
    const balance = useKept("balance", signal => api.get("/v1/balance", { signal }));
    const plans = usePlans();
    const history = useKept("transactions", signal => all(cursor => api.get("/v1/balance/transactions", { query: { limit: 100, cursor }, signal })));
    const [adding, add] = useState(false);
    const currency = balance.value?.currency;
    const providers = [...new Set(plans.value?.items.flatMap(p => p.prices.filter(x => x.currency === currency).flatMap(x => x.providers)) ?? [])]
        .filter(p => p === "yookassa" || p === "sandbox");
    return (
        <Page title={t("web.balance.title")}>
            <Await of={balance} lines={1}>{b => (
                <div class="premium-now">
                    <p class="sum">{price(b.amount, b.currency)}</p>
                    {b.debt > 0 && <p>{t("web.balance.debt", { amount: price(b.debt, b.currency) })}</p>}
                    {providers.length > 0 && <Button look="main" icon="plus" onClick={() => add(true)}>{t("web.balance.topup")}</Button>}
                </div>
            )}</Await>
            <Unfinished />
            <Section title={t("web.balance.history")}>
                <Await of={history} lines={3}>{list => list.length === 0 ? <Row title={t("web.balance.empty")} /> : (
                    <>{list.map(x => <Row key={x.seq} title={t(kindKeys[x.kind])} note={[instantText(x.created_at, me.value?.timezone), x.reason].filter(Boolean).join(" · ")}
                        value={`${x.amount > 0 ? "+" : ""}${price(x.amount, x.currency)}`} />)}</>
                )}</Await>
            </Section>
            {adding && currency && <TopUp currency={currency} providers={providers} onClose={() => add(false)} />}
        </Page>
    );
}

export function InviteScreen() {
    const referral = useKept("referral", signal => api.get("/v1/referral", { signal }));
    const copy = async (text: string) => {
        try {
            await navigator.clipboard.writeText(text);
            toast(t("web.invite.copied"));
        } catch {
            toast(text);
        }
    };
    return (
        <Page title={t("web.invite.title")}>
            <Await of={referral}>{r => (
                <>
                    <div class="premium-now">
                        <p>{t("web.invite.text")}</p>
                        <p class="code">{r.link ?? r.code}</p>
                        <Button look="main" icon="copy" onClick={() => copy(r.link ?? r.code)}>{t("web.invite.copy")}</Button>
                    </div>
                    <dl class="figures">
                        <div><dt>{t("web.invite.invited")}</dt><dd>{r.invited}</dd></div>
                        <div><dt>{t("web.invite.pending")}</dt><dd>{r.pending}</dd></div>
                        <div><dt>{t("web.invite.rewarded")}</dt><dd>{r.rewarded}</dd></div>
                        <div><dt>{t("web.invite.earned")}</dt><dd>{price(r.earned.amount, r.earned.currency)}</dd></div>
                    </dl>
                </>
            )}</Await>
        </Page>
    );
}
