// The overview's figures: tiles, a bar for each day, and the cohorts as a heatmap.
import { api, type Answer } from "../../shared/api.ts";
import { dayText, number, percent, t } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { Await, useLoad } from "../../shared/ui.tsx";
import { Instant, sum } from "../parts.tsx";
import { type Cohort, cohort, cohortBack, dayAfter, markedOn, WEEKS } from "./figures.tsx";

type Overview = Answer<"/v1/admin/analytics/overview", "get">;

function Tile({ name, value, to }: { name: string; value: string; to: string }) {
    return <a class="card figure" href={to}><b>{value}</b><span>{name}</span></a>;
}

function Tiles({ of }: { of: Overview }) {
    const span = { from: of.from, to: of.to };
    const days = href(["figures"], { of: "days", ...span });
    const revenue = href(["payments"], { revenue_from: of.from, revenue_to: of.to });
    const active = (n: number) => markedOn(dayAfter(of.to, 1 - n), of.to);
    return (
        <div class="figures">
            <Tile name={t("console.users")} value={number(of.users)} to={href(["users"], { to: of.to, erased: "false" })} />
            <Tile name={t("console.new_users")} value={number(of.new_users)} to={href(["users"], span)} />
            <Tile name={t("console.active_1")} value={number(of.active_1)} to={active(1)} />
            <Tile name={t("console.active_7")} value={number(of.active_7)} to={active(7)} />
            <Tile name={t("console.active_30")} value={number(of.active_30)} to={active(30)} />
            <Tile name={t("console.completion")} value={of.completion === null ? "—" : percent(of.completion)} to={days} />
            <Tile name={t("console.reminders_sent")} value={number(of.reminders_sent)} to={days} />
            <Tile name={t("console.reminders_missed")} value={number(of.reminders_missed)} to={days} />
            <Tile name={t("console.payers")} value={number(of.payers)} to={revenue} />
            {of.revenue.map(r => <Tile key={r.currency} name={`${t("console.net")}, ${r.currency}`} value={sum(r.net, r.currency)} to={href(["figures"], { of: "revenue", ...span })} />)}
        </div>
    );
}

function Bars({ of }: { of: Overview }) {
    const most = Math.max(1, ...of.days.map(d => d.active));
    const text = (d: Overview["days"][number]) => `${dayText(d.day)}: ${number(d.active)}`;
    return (
        <div class="card days" role="img" aria-label={`${t("console.active")}: ${of.days.map(text).join(", ")}`}>
            {of.days.map(d => <i key={d.day} title={text(d)} style={{ height: `${Math.max(2, (d.active / most) * 100)}%` }} />)}
        </div>
    );
}

function Heatmap({ cohorts }: { cohorts: Cohort[] }) {
    const cell = (c: Cohort, n: (typeof WEEKS)[number]) => {
        const came = c[`week_${n}`], share = c.people && came !== null ? came / c.people : 0;
        if (came === null) return <td />; // of a week to come nobody knows yet who will be there
        return (
            <td style={{ "--share": `${Math.round(share * 70)}%` }} title={number(came)}>
                {c.people ? <a href={cohortBack(c.week, n)}>{percent(share)}</a> : "—"}
            </td>
        );
    };
    return (
        <div class="card heatmap" tabIndex={0} role="region" aria-label={t("console.cohorts")}>
            <table>
                <thead>
                    <tr><th scope="col">{t("console.week_of")}</th><th scope="col">{t("console.people")}</th>{WEEKS.map(n => <th key={n} scope="col">+{n}</th>)}</tr>
                </thead>
                <tbody>
                    {cohorts.map(c => (
                        <tr key={c.week}><th scope="row">{dayText(c.week)}</th><td><a href={cohort(c.week)}>{number(c.people)}</a></td>{WEEKS.map(n => cell(c, n))}</tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Figures() {
    const overview = useLoad(signal => api.get("/v1/admin/analytics/overview", { signal }), []);
    const cohorts = useLoad(signal => api.get("/v1/admin/analytics/cohorts", { signal }), []);
    return (
        <>
            <Await of={overview}>
                {of => (
                    <>
                        <p class="muted span">
                            {dayText(of.from, "full")} – {dayText(of.to, "full")}
                            {of.counted_at && <> · {t("console.counted_at")} <Instant at={of.counted_at} /></>}
                        </p>
                        <Tiles of={of} />
                        <h2 class="above"><a class="link" href={href(["figures"], { of: "days", from: of.from, to: of.to })}>{t("console.active")}</a></h2>
                        <Bars of={of} />
                    </>
                )}
            </Await>
            <h2 class="above"><a class="link" href={href(["figures"], { of: "cohorts" })}>{t("console.cohorts")}</a></h2>
            <Await of={cohorts}>{of => (of.cohorts.length ? <Heatmap cohorts={of.cohorts} /> : <p class="nothing">{t("console.nothing")}</p>)}</Await>
        </>
    );
}
