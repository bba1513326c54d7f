// The person: how it goes with all habits together, and the way to everything else.
import { api } from "../../shared/api.ts";
import { dayText, money, number, percent, t, type TextKey } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { signOut } from "../../shared/session.ts";
import { inTelegram } from "../../shared/telegram.ts";
import { Await, Row, Section, useBusy } from "../../shared/ui.tsx";
import { addDays } from "../days.ts";
import { useKept } from "../store/kept.ts";
import { forgetEverything, today, useHabits, useMe, type Me } from "../store/person.ts";

const tierKeys: Record<Me["tier"], TextKey> = { trial: "web.tier.trial", free: "web.tier.free", premium: "web.tier.premium" };

function Overall() {
    const to = today(), from = addDays(to, -29);
    const overall = useKept(`overall/${from}/${to}`, signal => api.get("/v1/stats", { query: { from, to }, signal }));
    const habits = useHabits();
    return (
        <Section title={t("web.me.month")}>
            <div class="pad">
                <Await of={overall} lines={2}>{o => {
                    const sum = (k: "done" | "declined" | "skipped") => o.days.reduce((n, d) => n + d[k], 0);
                    const done = sum("done"), declined = sum("declined"), most = Math.max(1, ...o.days.map(d => d.done));
                    const best = o.habits.slice().sort((a, b) => b.done - a.done).slice(0, 3)
                        .map(h => ({ ...h, habit: habits.value?.find(x => x.id === h.habit_id) })).filter(h => h.habit && h.done > 0);
                    return (
                        <>
                            <dl class="figures in-card">
                                <div><dt>{t("web.me.done")}</dt><dd>{number(done)}</dd></div>
                                <div><dt>{t("web.me.rate")}</dt><dd>{done + declined ? percent(done / (done + declined)) : "–"}</dd></div>
                                <div><dt>{t("web.me.days")}</dt><dd>{number(o.days.filter(d => d.done > 0).length)}</dd></div>
                                <div><dt>{t("web.me.active")}</dt><dd>{number(habits.value?.filter(h => !h.archived && !h.paused).length ?? 0)}</dd></div>
                            </dl>
                            <div class="bars" role="img" aria-label={t("web.me.bars", { n: done })}>
                                {o.days.map(d => <i key={d.day} title={`${dayText(d.day)}: ${d.done}`} style={{ height: `${Math.max(3, (100 * d.done) / most)}%` }} />)}
                            </div>
                            <div class="bars-ends"><small>{dayText(from)}</small><small>{dayText(to)}</small></div>
                            {best.map(h => (
                                <a class="best" key={h.habit_id} href={href(["habit", h.habit_id])}>
                                    <span>{h.habit!.emoji} {h.habit!.name}</span><b>{number(h.done)}</b>
                                </a>
                            ))}
                        </>
                    );
                }}</Await>
            </div>
        </Section>
    );
}

export function MeScreen() {
    const me = useMe();
    const balance = useKept("balance", signal => api.get("/v1/balance", { signal }));
    const [, run] = useBusy();
    const leave = () => run(async () => {
        await signOut();
        await forgetEverything();
    });
    return (
        <main class="screen">
            <header class="head">
                <span class="avatar" aria-hidden="true">{(me.value?.first_name ?? "·").slice(0, 1).toUpperCase()}</span>
                <div class="head-text">
                    <h1>{me.value?.first_name ?? t("web.me.title")}</h1>
                    <p class="muted">{me.value && t(tierKeys[me.value.tier])}</p>
                </div>
            </header>
            <Overall />
            <Section title={t("web.me.plan")}>
                <Row icon="star" title={t("web.premium.title")} href={href(["me", "premium"])} value={me.value && t(tierKeys[me.value.tier])} />
                <Row icon="wallet" title={t("web.balance.title")} href={href(["me", "balance"])}
                     value={balance.value && money(balance.value.amount - balance.value.debt, balance.value.currency)} />
                <Row icon="gift" title={t("web.invite.title")} href={href(["me", "invite"])} />
            </Section>
            <Section title={t("web.me.more")}>
                <Row icon="clock" title={t("web.settings.title")} href={href(["me", "settings"])} />
                <Row icon="file" title={t("web.data.title")} href={href(["me", "data"])} />
                <Row icon="shield" title={t("web.sessions.title")} href={href(["me", "sessions"])} />
                {!inTelegram && <Row icon="out" title={t("web.sign_out")} onClick={leave} />}
            </Section>
        </main>
    );
}
