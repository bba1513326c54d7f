// A habit that is made or changed: what, how often, how much, when to remind. Rules show the next days they name.
import { useEffect, useState } from "preact/hooks";
import { ApiError, api, randomId, type Schema } from "../../shared/api.ts";
import { dayText, instantText, t, type TextKey } from "../../shared/i18n.ts";
import { Icon } from "../../shared/icons.tsx";
import { errorText } from "../../shared/refusals.ts";
import { back, go, href } from "../../shared/router.ts";
import { inTelegram, mainButton } from "../../shared/telegram.ts";
import { Await, Button, Field, IconButton, Section, Segmented, SelectField, Switch, TextArea, TextField, toast } from "../../shared/ui.tsx";
import { WeekdayPicker } from "../parts/weekdays.tsx";
import { changed, useKept } from "../store/kept.ts";
import { me, type Habit } from "../store/person.ts";
import { readAmount } from "../words.ts";

export type Often = "daily" | "days" | "times" | "rule";
interface Reminder { id?: string; time: string; days: number[]; enabled: boolean }
export interface Draft {
    name: string; emoji: string; color: string; description: string; kind: Schema<"HabitNew">["kind"]; target: string;
    target_kind: Schema<"Habit">["target_kind"]; unit: string; often: Often; days: number[]; count: string; per: string; rrule: string; reminders: Reminder[];
}

const COLORS = ["#2a7657", "#3b82c4", "#6d5bd0", "#b2479b", "#d1495b", "#d97b29", "#b7950b", "#5b8a3a", "#2b8c8c", "#6b7280"];
const EMOJI = ["💧", "🏃", "📚", "🧘", "💪", "🚶", "😴", "🗣", "🎨", "🎸", "🥗", "🍎", "☕", "🚭", "💊", "🧹", "📝", "🌱", "🐶", "❤️"];
const EVERY = [1, 2, 3, 4, 5, 6, 7];

export const blank: Draft = { name: "", emoji: "🌱", color: COLORS[0]!, description: "", kind: "yes_no", target: "", target_kind: "at_least", unit: "",
    often: "daily", days: [1, 2, 3, 4, 5], count: "3", per: "7", rrule: "FREQ=MONTHLY;BYMONTHDAY=1,15", reminders: [] };

function ofHabit(h: Habit): Draft {
    const f = h.frequency, rule = h.schedules.find(s => s.schedule_type === "custom"), weekly = h.schedules.find(s => s.schedule_type === "weekly");
    const often: Often = !f ? (rule ? "rule" : weekly ? "days" : "daily") : f.count >= f.days ? "daily" : "times";
    return {
        name: h.name, emoji: h.emoji ?? "", color: h.color, description: h.description, kind: h.kind, target: h.target_value === null ? "" : String(h.target_value),
        target_kind: h.target_kind, unit: h.unit, often, days: weekly?.days_of_week ?? blank.days, count: String(f?.count ?? 3), per: String(f?.days ?? 7),
        rrule: rule?.rrule ?? blank.rrule,
        reminders: h.schedules.filter(s => s.reminder_time).map(s => ({ id: s.id, time: s.reminder_time!, days: s.days_of_week ?? EVERY, enabled: s.is_enabled })),
    };
}

/** The days that the habit itself names, as a schedule; null when a frequency does. */
function daysSchedule(d: Draft): Schema<"ScheduleNew"> | null {
    if (d.often === "days") return { schedule_type: "weekly", days_of_week: d.days };
    return d.often === "rule" ? { schedule_type: "custom", rrule: d.rrule.trim() } : null;
}

/** Reminders ring on the habit's own days where those are named, else on days of their own. */
function schedules(d: Draft): Schema<"ScheduleNew">[] {
    const own = daysSchedule(d);
    const rings = d.reminders.map(r => ({ reminder_time: r.time, is_enabled: r.enabled }));
    if (own) return rings.length ? rings.map(r => ({ ...own, ...r })) : [own];
    return d.reminders.map((r, i) => (r.days.length === 7 ? { schedule_type: "daily" as const, ...rings[i] } : { schedule_type: "weekly" as const, days_of_week: r.days, ...rings[i] }));
}

function body(d: Draft): Schema<"HabitNew"> {
    const n = Math.max(1, Math.round(Number(d.count) || 1)), per = Math.max(1, Math.round(Number(d.per) || 1));
    return {
        name: d.name.trim(), emoji: d.emoji.trim() || null, color: d.color, description: d.description.trim(),
        kind: d.kind, ...(d.kind === "measurable" ? { target_value: readAmount(d.target), target_kind: d.target_kind, unit: d.unit.trim() } : {}),
        frequency: d.often === "daily" ? { count: 1, days: 1 } : d.often === "times" ? { count: n, days: Math.max(n, per) } : null,
    };
}

async function save(id: string | null, key: string, d: Draft, was: Habit | undefined): Promise<string> {
    const wanted = schedules(d);
    if (!id) return (await api.post("/v1/habits", { body: { ...body(d), schedules: wanted }, key })).id;
    const path = { habit_id: id };
    const { kind, ...rest } = body(d);
    await api.patch("/v1/habits/{habit_id}", { path, body: kind === was?.kind ? rest : { ...rest, kind } });
    const old = was?.schedules ?? [];
    for (let i = 0; i < wanted.length; i++) {
        const s = old[i], w = wanted[i]!;
        const full = { rrule: null, days_of_week: null, reminder_time: null, is_enabled: true, ...w };
        if (!s) await api.post("/v1/habits/{habit_id}/schedules", { path, body: w, key: `${key}-${i}` });
        else if (["schedule_type", "reminder_time", "days_of_week", "rrule", "is_enabled"].some(k => JSON.stringify(s[k as keyof typeof s]) !== JSON.stringify(full[k as keyof typeof full])))
            await api.patch("/v1/habits/{habit_id}/schedules/{schedule_id}", { path: { ...path, schedule_id: s.id }, body: full });
    }
    for (const s of old.slice(wanted.length)) await api.delete("/v1/habits/{habit_id}/schedules/{schedule_id}", { path: { ...path, schedule_id: s.id } });
    return id;
}

function Preview({ draft }: { draft: Draft }) {
    const schedule = schedules(draft)[0] ?? daysSchedule(draft);
    const asked = JSON.stringify(schedule);
    const [state, set] = useState<{ days: string[]; reminder_at: string | null } | { error: string } | null>(null);
    useEffect(() => {
        if (!schedule) return set(null);
        const stop = new AbortController();
        const timer = setTimeout(() => {
            api.post("/v1/schedules:preview", { body: schedule, signal: stop.signal }).then(set, e => !stop.signal.aborted && set({ error: errorText(e, t) }));
        }, 250);
        return () => {
            clearTimeout(timer);
            stop.abort();
        };
    }, [asked]);
    if (!state) return null;
    if ("error" in state) return <p class="preview bad" role="alert">{state.error}</p>;
    return (
        <div class="preview" aria-live="polite">
            <small class="muted">{t("web.edit.next_days")}</small>
            <p>{state.days.map(d => dayText(d, "weekday")).join(" · ") || t("web.edit.no_days")}</p>
            {state.reminder_at && <small class="muted">{t("web.edit.next_reminder", { when: instantText(state.reminder_at, me.value?.timezone) })}</small>}
        </div>
    );
}

const oftenKeys: Record<Often, TextKey> = { daily: "web.edit.daily", days: "web.edit.days", times: "web.edit.times", rule: "web.edit.rule" };

function OftenPart({ d, set, errors }: { d: Draft; set: (c: Partial<Draft>) => void; errors: Record<string, string> }) {
    return (
        <Section title={t("web.edit.often")}>
            <div class="pad form">
                <Segmented label={t("web.edit.often")} value={d.often} onValue={often => set({ often })}
                           choices={(Object.keys(oftenKeys) as Often[]).map(value => ({ value, label: t(oftenKeys[value]) }))} />
                {d.often === "days" && <WeekdayPicker label={t("web.edit.days")} value={d.days} onValue={days => set({ days })} />}
                {d.often === "times" && (
                    <div class="pair-fields">
                        <TextField label={t("web.edit.count")} value={d.count} inputMode="numeric" error={errors["frequency.count"]} onValue={count => set({ count })} />
                        <TextField label={t("web.edit.per")} value={d.per} inputMode="numeric" error={errors["frequency.days"]} onValue={per => set({ per })} />
                    </div>
                )}
                {d.often === "rule" && <TextField label={t("web.edit.rrule")} hint={t("web.edit.rrule_hint")} value={d.rrule} onValue={rrule => set({ rrule })} />}
                <Preview draft={d} />
            </div>
        </Section>
    );
}

function RemindersPart({ d, set }: { d: Draft; set: (c: Partial<Draft>) => void }) {
    const change = (i: number, r: Partial<Reminder>) => set({ reminders: d.reminders.map((x, j) => (i === j ? { ...x, ...r } : x)) });
    const own = daysSchedule(d) !== null;
    return (
        <Section title={t("web.habit.reminders")}>
            <div class="pad form">
                {d.reminders.map((r, i) => (
                    <div class="reminder" key={i}>
                        <input class="input" type="time" aria-label={t("web.reminder.time")} value={r.time} onInput={e => e.currentTarget.value && change(i, { time: e.currentTarget.value })} />
                        <Switch label={t("web.reminder.on")} checked={r.enabled} onValue={enabled => change(i, { enabled })} />
                        <IconButton icon="trash" label={t("web.reminder.remove", { time: r.time })} onClick={() => set({ reminders: d.reminders.filter((_, j) => j !== i) })} />
                        {!own && <WeekdayPicker label={t("web.reminder.days")} value={r.days} onValue={days => change(i, { days })} />}
                    </div>
                ))}
                {d.reminders.length < 24 && (
                    <Button icon="plus" onClick={() => set({ reminders: [...d.reminders, { time: d.reminders.length ? "20:00" : "09:00", days: EVERY, enabled: true }] })}>
                        {t("web.reminder.add")}
                    </Button>
                )}
            </div>
        </Section>
    );
}

function WhatPart({ d, set, errors, fixed }: { d: Draft; set: (c: Partial<Draft>) => void; errors: Record<string, string>; fixed: boolean }) {
    return (
        <Section>
            <div class="pad form">
                <TextField label={t("web.edit.name")} value={d.name} error={errors.name} placeholder={t("web.edit.name_example")} maxLength={200} onValue={name => set({ name })} />
                <Field label={t("web.edit.emoji")}>{id => (
                    <div class="emoji-pick">
                        <input id={id} class="input" value={d.emoji} autocomplete="off" onInput={e => set({ emoji: e.currentTarget.value })} />
                        <div class="emoji-list">{EMOJI.map(e => <button type="button" key={e} aria-label={e} aria-pressed={d.emoji === e} onClick={() => set({ emoji: e })}>{e}</button>)}</div>
                    </div>
                )}</Field>
                <fieldset class="colors">
                    <legend>{t("web.edit.color")}</legend>
                    {[...new Set([...COLORS, d.color])].map((c, i) => (
                        <label key={c} style={{ "--color": c }}><input type="radio" name="color" checked={d.color === c} aria-label={t("web.edit.color_n", { n: i + 1 })} onChange={() => set({ color: c })} /><i /></label>
                    ))}
                </fieldset>
                <TextArea label={t("web.edit.text")} value={d.description} error={errors.description} rows={2} maxLength={4096} onValue={description => set({ description })} />
                {!fixed && (
                    <Segmented label={t("web.edit.kind")} value={d.kind ?? "yes_no"} onValue={kind => set({ kind })}
                               choices={[{ value: "yes_no", label: t("web.edit.yes_no") }, { value: "measurable", label: t("web.edit.measurable") }]} />
                )}
                {d.kind === "measurable" && (
                    <>
                        <SelectField label={t("web.edit.target_kind")} value={d.target_kind} onValue={target_kind => set({ target_kind })}
                                     choices={[{ value: "at_least", label: t("web.edit.at_least") }, { value: "at_most", label: t("web.edit.at_most") }]} />
                        <div class="pair-fields">
                            <TextField label={t("web.edit.target")} value={d.target} inputMode="decimal" error={errors.target_value} onValue={target => set({ target })} />
                            <TextField label={t("web.edit.unit")} value={d.unit} error={errors.unit} maxLength={40} onValue={unit => set({ unit })} />
                        </div>
                    </>
                )}
            </div>
        </Section>
    );
}

function Form({ id, was, first }: { id: string | null; was?: Habit; first: Draft }) {
    const [d, setDraft] = useState(first);
    const [busy, setBusy] = useState(false);
    const [errors, setErrors] = useState<Record<string, string>>({});
    const [key] = useState(randomId);
    const set = (c: Partial<Draft>) => setDraft(x => ({ ...x, ...c }));
    const submit = async () => {
        const bad: Record<string, string> = {};
        if (!d.name.trim()) bad.name = t("web.edit.name_needed");
        if (d.kind === "measurable" && readAmount(d.target) === null) bad.target_value = t("web.mark.no_number");
        setErrors(bad);
        if (Object.keys(bad).length || busy) return;
        setBusy(true);
        try {
            const made = await save(id, key, d, was);
            changed();
            toast(t(id ? "web.saved" : "web.add.made"));
            if (id) back(href(["habit", id]));
            else go(href(["habit", made]), true);
        } catch (e) {
            if (e instanceof ApiError && e.field) setErrors({ [e.field]: errorText(e, t) });
            toast(errorText(e, t), { bad: true });
        } finally {
            setBusy(false);
        }
    };
    useEffect(() => (inTelegram ? mainButton({ text: t(id ? "web.save" : "web.add.create"), enabled: true, busy }, submit) : undefined), [d, busy]);
    return (
        <form class="edit" onSubmit={e => { e.preventDefault(); void submit(); }}>
            <WhatPart d={d} set={set} errors={errors} fixed={was?.kind === "measurable"} />
            <OftenPart d={d} set={set} errors={errors} />
            <RemindersPart d={d} set={set} />
            {!inTelegram && <div class="save"><Button look="main" wide type="submit" busy={busy}>{t(id ? "web.save" : "web.add.create")}</Button></div>}
        </form>
    );
}

export function EditScreen({ id }: { id: string }) {
    const habit = useKept<Habit>(`habit/${id}`, signal => api.get("/v1/habits/{habit_id}", { path: { habit_id: id }, signal }));
    return (
        <main class="screen narrow">
            <header class="head">
                <span class="only-web"><IconButton icon="back" label={t("web.back")} onClick={() => back(href(["habit", id]))} /></span>
                <div class="head-text"><h1>{t("web.habit.edit")}</h1></div>
            </header>
            <Await of={habit}>{h => <Form key={h.id} id={id} was={h} first={ofHabit(h)} />}</Await>
        </main>
    );
}

interface Template { emoji: string; name: TextKey; color: string; more: Partial<Draft>; unit?: TextKey }
const TEMPLATES: Template[] = [
    { emoji: "💧", name: "template.water", color: "#3b82c4", more: { kind: "measurable", target: "8" }, unit: "unit.glasses" },
    { emoji: "🚶", name: "template.steps", color: "#5b8a3a", more: { kind: "measurable", target: "8000" }, unit: "unit.steps" },
    { emoji: "💪", name: "template.gym", color: "#d1495b", more: { often: "times", count: "3", per: "7" } },
    { emoji: "🏃", name: "template.run", color: "#d97b29", more: { kind: "measurable", target: "5", often: "times", count: "3", per: "7" }, unit: "unit.kilometres" },
    { emoji: "📚", name: "template.reading", color: "#6d5bd0", more: { kind: "measurable", target: "20" }, unit: "unit.minutes" },
    { emoji: "🗣", name: "template.language", color: "#2b8c8c", more: { kind: "measurable", target: "15" }, unit: "unit.minutes" },
    { emoji: "🧘", name: "template.meditation", color: "#2a7657", more: {} },
    { emoji: "😴", name: "template.sleep", color: "#6b7280", more: {} },
    { emoji: "🚭", name: "template.no_smoking", color: "#b2479b", more: {} },
    { emoji: "☕", name: "template.coffee", color: "#b7950b", more: { kind: "measurable", target: "2", target_kind: "at_most" }, unit: "unit.cups" },
];

export function AddScreen() {
    const [draft, choose] = useState<Draft | null>(null);
    return (
        <main class="screen narrow">
            <header class="head">
                <span class="only-web"><IconButton icon="back" label={t("web.back")} onClick={() => (draft ? choose(null) : back(href([])))} /></span>
                <div class="head-text"><h1>{t("web.add.title")}</h1>{!draft && <p class="muted">{t("web.add.text")}</p>}</div>
            </header>
            {draft ? <Form id={null} first={draft} /> : (
                <div class="templates">
                    <button type="button" class="template own" onClick={() => choose(blank)}><Icon name="plus" size={28} /><span>{t("web.add.own")}</span></button>
                    {TEMPLATES.map(x => (
                        <button type="button" class="template" key={x.name} style={{ "--color": x.color }}
                                onClick={() => choose({ ...blank, emoji: x.emoji, color: x.color, name: t(x.name), ...x.more, unit: x.unit ? t(x.unit) : "" })}>
                            <span class="habit-emoji" aria-hidden="true">{x.emoji}</span><span>{t(x.name)}</span>
                        </button>
                    ))}
                </div>
            )}
        </main>
    );
}
