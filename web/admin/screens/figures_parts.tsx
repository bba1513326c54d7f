// The overview's figures: tiles, a bar for each day, and the cohorts as a heatmap.
import { api, type Answer } from "../../shared/api.ts";
import { dayText, number, percent, t } from "../../shared/i18n.ts";
import { href } from "../../shared/router.ts";
import { Await, useLoad } from "../../shared/ui.tsx";
import { Instant, sum } from "../parts.tsx";
import { type Cohort, WEEKS } from "./figures.tsx";

type Overview = Answer<"/v1/admin/analytics/overview", "get">;

function Tile({ name, value, to }: { name: string; value: string; to: string }) {
    return <a class="card figure" href={to}><b>{value}</b><span>{name}</span></a>;
}

function Tiles({ of }: { of: Overview }) {
    const days = href(["figures"], { of: "days", from: of.from, to: of.to });
    const money = href(["figures"], { of: "revenue", from: of.from, to: of.to });
    return (
        <div class="figures">
            <Tile name={t("console.users")} value={number(of.users)} to={href(["users"])} />
            <Tile name={t("console.new_users")} value={number(of.new_users)} to={href(["figures"], { of: "retention", from: of.from, to: of.to })} />
            <Tile name={t("console.active_30")} value={`${number(of.active_1)} / ${number(of.active_7)} / ${number(of.active_30)}`} to={days} />
            <Tile name={t("console.completion")} value={of.completion === null ? "—" : percent(of.completion)} to={days} />
            <Tile name={t("console.reminders")} value={`${number(of.reminders_sent)} / ${number(of.reminders_missed)}`} to={days} />
            <Tile name={t("console.payers")} value={number(of.payers)} to={href(["payments"], { status: "succeeded" })} />
            {of.revenue.map(r => <Tile key={r.currency} name={`${t("console.net")}, ${r.currency}`} value={sum(r.net, r.currency)} to={money} />)}
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
    const cell = (n: number | null, people: number) => {
        if (n === null) return <td />; // of a week to come nobody knows yet who will be there
        const share = people ? n / people : 0;
        return <td style={{ "--share": `${Math.round(share * 70)}%` }} title={number(n)}>{people ? percent(share) : "—"}</td>;
    };
    return (
        <div class="card heatmap" tabIndex={0} role="region" aria-label={t("console.cohorts")}>
            <table>
                <thead>
                    <tr><th scope="col">{t("console.week_of")}</th><th scope="col">{t("console.people")}</th>{WEEKS.map(n => <th key={n} scope="col">+{n}</th>)}</tr>
                </thead>
                <tbody>
                    {cohorts.map(c => (
                        <tr key={c.week}><th scope="row">{dayText(c.week)}</th><td>{number(c.people)}</td>{WEEKS.map(n => cell(c[`week_${n}`], c.people))}</tr>
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
