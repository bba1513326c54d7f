// One habit: how it goes, its year, its notes, and everything that can be done with it.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { all, api, type Schema } from "../../shared/api.ts";
import { capital, dayText, member, number, percent, t } from "../../shared/i18n.ts";
import { go, href, back } from "../../shared/router.ts";
import { themeChoice } from "../../shared/theme.ts";
import { themeParams } from "../../shared/telegram.ts";
import { ask, Await, Button, IconButton, Row, Section, Skeleton, toast, useBusy } from "../../shared/ui.tsx";
import { addDays, weekday, type Day } from "../days.ts";
import { Heatmap, type Year } from "../parts/heatmap.tsx";
import { MarkSheet } from "../parts/marksheet.tsx";
import { changed, useKept } from "../store/kept.ts";
import { shown, type Item, type Today } from "../store/marks.ts";
import { me, today, type Habit } from "../store/person.ts";
import { amount, goal, often, presetKeys, scheduleDays, statusKeys } from "../words.ts";

type Line = ComponentType<{ from: Day; scores: (number | null)[]; color: string; theme: unknown }>;

function Figures({ stats }: { stats: Schema<"Stats"> }) {
    const figures = [
        [number(stats.current_streak), t("web.habit.streak")],
        [number(stats.best_streak), t("web.habit.best")],
        [percent(stats.score), t("web.habit.score")],
        [stats.completion_30d === null ? "–" : percent(stats.completion_30d), t("web.habit.month")],
    ];
    return <dl class="figures">{figures.map(([value, name]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** Of the days that asked for an answer, how many were done, by weekday; today is not over. */
function Weekdays({ year, color, start }: { year: Year; color: string; start: number }) {
    const done = Array(8).fill(0), asked = Array(8).fill(0), last = today();
    [...year.levels].forEach((l, i) => {
        const day = addDays(year.from, i), w = weekday(day);
        if ("dpx".includes(l) || (l === "o" && day !== last)) asked[w]++;
        if (l === "d") done[w]++;
    });
    const days = Array.from({ length: 7 }, (_, i) => ((start - 1 + i) % 7) + 1);
    return (
        <div class="weekdays">
            {days.map(d => {
                const share = asked[d] ? done[d] / asked[d] : 0;
                return (
                    <div key={d}>
                        <span class="bar"><i style={{ height: `${Math.max(share * 100, asked[d] ? 3 : 0)}%`, background: color }} /></span>
                        <small>{member("weekday.short", d)}</small>
                        <small class="muted">{asked[d] ? percent(share) : "–"}</small>
                    </div>
                );
            })}
        </div>
    );
}

function YearCard({ habit, open }: { habit: Habit; open: (day: Day) => void }) {
    const last = today();
    const [to, setTo] = useState(last);
    const [chosen, choose] = useState<Day | null>(null);
    const [Plot, setPlot] = useState<Line | null>(null);
    const from = addDays(to, -363);
    const year = useKept<Year>(`year/${habit.id}/${from}`, signal =>
        api.get("/v1/habits/{habit_id}/year", { path: { habit_id: habit.id }, query: { from, to }, signal }));
    const theme = `${themeChoice.value}${JSON.stringify(themeParams.value)}`;
    const start = me.value?.week_starts_on ?? 1;
    useEffect(() => void import("../parts/line.tsx").then(m => setPlot(() => m.default)), []);
    return (
        <>
            <Section title={t("web.habit.year")} aside={
                <span class="pager">
                    <IconButton icon="back" label={t("web.habit.earlier")} disabled={from <= "2000-06-01"} onClick={() => setTo(addDays(from, -1))} />
                    <IconButton icon="next" label={t("web.habit.later")} disabled={to >= last} onClick={() => setTo(addDays(to, 364) > last ? last : addDays(to, 364))} />
                </span>
            }>
                <div class="pad">
                    <Await of={year} lines={2}>{y => (
                        <>
                            <Heatmap year={y} color={habit.color} weekStart={start} chosen={chosen} onChoose={choose} theme={theme} />
                            {chosen && <Button onClick={() => open(chosen)}>{t("web.habit.change_day")}</Button>}
                        </>
                    )}</Await>
                </div>
            </Section>
            {year.value && (
                <div class="pair">
                    <Section title={t("web.habit.score_line")}>
                        <div class="pad">{Plot ? <Plot from={year.value.from} scores={year.value.scores} color={habit.color} theme={theme} /> : <Skeleton lines={2} />}</div>
                    </Section>
                    <Section title={t("web.habit.weekdays")}><div class="pad"><Weekdays year={year.value} color={habit.color} start={start} /></div></Section>
                </div>
            )}
        </>
    );
}

function Notes({ habit }: { habit: Habit }) {
    const last = today();
    const [many, more] = useState(10);
    const logs = useKept(`notes/${habit.id}`, async signal => {
        const list = await all(cursor => api.get("/v1/habits/{habit_id}/logs", { path: { habit_id: habit.id },
            query: { from: addDays(last, -370), to: last, limit: 1000, cursor }, signal }));
        return list.filter(l => l.note || l.preset).reverse();
    });
    if (!logs.value?.length) return null;
    return (
        <Section title={t("web.habit.notes")}>
            {logs.value.slice(0, many).map(l => (
                <Row key={l.day} icon="note" title={l.note ?? t(presetKeys[l.preset!])}
                     note={[dayText(l.day, "weekday"), l.status && t(statusKeys[l.status]), l.note && l.preset && t(presetKeys[l.preset]),
                         l.value !== null && amount(l.value, habit.unit)].filter(Boolean).join(" · ")} />
            ))}
            {logs.value.length > many && <Row title={t("web.more")} onClick={() => more(many + 30)} />}
        </Section>
    );
}

function Streaks({ stats }: { stats: Schema<"Stats"> }) {
    const best = stats.streaks.slice().sort((a, b) => b.length - a.length).slice(0, 5).filter(s => s.length > 1);
    if (best.length === 0) return null;
    return (
        <Section title={t("web.habit.streaks")}>
            {best.map(s => (
                <div class="streak" key={s.from}>
                    <span><i style={{ width: `${(100 * s.length) / best[0]!.length}%` }} /></span>
                    <b>{t("span.days", { n: s.length })}</b><small class="muted">{dayText(s.from)} – {dayText(s.to)}</small>
                </div>
            ))}
        </Section>
    );
}

function Deeds({ habit }: { habit: Habit }) {
    const [, run] = useBusy();
    const path = { habit_id: habit.id };
    const change = (body: Schema<"HabitPatch">, said: string) =>
        run(() => api.patch("/v1/habits/{habit_id}", { path, body })).then(ok => ok && (toast(said), changed()));
    const remove = async () => {
        const yes = await ask({ title: t("web.habit.delete_title", { name: habit.name }), text: t("web.habit.delete_text"), yes: t("web.habit.delete"), danger: true });
        if (!yes || !(await run(() => api.delete("/v1/habits/{habit_id}", { path })))) return;
        go(href(["habits"]), true);
        changed();
        toast(t("web.habit.deleted"), { action: { text: t("web.undo"), run: () => void run(() => api.post("/v1/habits/{habit_id}/restore", { path })).then(changed) } });
    };
    return (
        <Section>
            <Row icon="edit" title={t("web.habit.edit")} href={href(["habit", habit.id, "edit"])} />
            <Row icon={habit.paused ? "play" : "pause"} title={habit.paused ? t("web.habit.resume") : t("web.habit.pause")}
                 onClick={() => change({ paused: !habit.paused }, habit.paused ? t("web.habit.resumed") : t("web.habit.paused"))} />
            <Row icon="archive" title={habit.archived ? t("web.habit.unarchive") : t("web.habit.archive")}
                 onClick={() => change({ archived: !habit.archived }, habit.archived ? t("web.habit.unarchived") : t("web.habit.archived"))} />
            <Row icon="trash" title={t("web.habit.delete")} danger onClick={remove} />
        </Section>
    );
}

/** A day of a habit as Today would show it. */
function DaySheet({ habit, day, onClose }: { habit: Habit; day: Day; onClose: () => void }) {
    const loaded = useKept(`log/${habit.id}/${day}`, async signal =>
        (await api.get("/v1/habits/{habit_id}/logs", { path: { habit_id: habit.id }, query: { from: day, to: day }, signal })).items[0] ?? null);
    if (loaded.value === undefined) return null;
    const log = loaded.value;
    const item = { ...habit, habit_id: habit.id, status: log?.status ?? null, value: log?.value ?? null, note: log?.note ?? null, streak: 0, score: 0 } as Item;
    return <MarkSheet item={shown({ day, items: [item], next: null } as Today)[0]!} day={day} onClose={onClose} />;
}

export function HabitScreen({ id }: { id: string }) {
    const habit = useKept<Habit>(`habit/${id}`, signal => api.get("/v1/habits/{habit_id}", { path: { habit_id: id }, signal }));
    const stats = useKept(`stats/${id}`, signal => api.get("/v1/habits/{habit_id}/stats", { path: { habit_id: id }, signal }));
    const [day, open] = useState<Day | null>(null);
    return (
        <main class="screen">
            <Await of={habit} lines={6}>{h => (
                <>
                    <header class="head" style={{ "--color": h.color }}>
                        <span class="only-web"><IconButton icon="back" label={t("web.back")} onClick={() => back(href([]))} /></span>
                        <span class="habit-emoji big" aria-hidden="true">{h.emoji ?? h.name.slice(0, 1).toUpperCase()}</span>
                        <div class="head-text">
                            <h1>{h.name}</h1>
                            <p class="muted">{capital([often(h), goal(h)].filter(Boolean).join(" · "))}</p>
                        </div>
                        <IconButton icon="edit" label={t("web.habit.edit")} onClick={() => go(href(["habit", id, "edit"]))} />
                    </header>
                    {h.description && <p class="description">{h.description}</p>}
                    {h.paused && <p class="state"><b>{t("web.habit.is_paused")}</b></p>}
                    {h.archived && <p class="state"><b>{t("web.habit.is_archived")}</b></p>}
                    <Await of={stats} lines={1}>{s => <Figures stats={s} />}</Await>
                    <YearCard habit={h} open={open} />
                    {stats.value && <Streaks stats={stats.value} />}
                    <Section title={t("web.habit.reminders")}>
                        {h.schedules.filter(s => s.reminder_time).map(s => (
                            <Row key={s.id} icon="bell" title={s.reminder_time} note={scheduleDays(s)} value={s.is_enabled ? undefined : t("web.off")} />
                        ))}
                        <Row icon="plus" title={t("web.reminder.add")} href={href(["habit", id, "edit"], { reminders: "1" })} />
                    </Section>
                    <Notes habit={h} />
                    <Deeds habit={h} />
                    {day && <DaySheet habit={h} day={day} onClose={() => open(null)} />}
                </>
            )}</Await>
        </main>
    );
}
