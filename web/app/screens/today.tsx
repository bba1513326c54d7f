// Today, and any day before it: what is due, marked with a tap.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api } from "../../shared/api.ts";
import { capital, dayText, member, t } from "../../shared/i18n.ts";
import { Icon } from "../../shared/icons.tsx";
import { go, href, place } from "../../shared/router.ts";
import { Await, Button, Empty, IconButton, Sheet } from "../../shared/ui.tsx";
import { addDays, isDay, weekday, type Day } from "../days.ts";
import { Arrange } from "../parts/arrange.tsx";
import { useGesture } from "../parts/gesture.ts";
import { MarkSheet } from "../parts/marksheet.tsx";
import { Rows } from "../parts/rows.tsx";
import { useKept } from "../store/kept.ts";
import { dayKey, isWaiting, loadDay, markWithUndo, shown, type Item, type Today } from "../store/marks.ts";
import { connected } from "../store/net.ts";
import { today } from "../store/person.ts";
import { amount, goal, often, statusKeys } from "../words.ts";

const ROW = 76;

function meta(item: Item): string {
    if (!item.status) return goal(item) ?? often(item);
    return t(statusKeys[item.status]) + (item.value !== null ? ` · ${amount(item.value, item.unit)}` : "");
}

function Streak({ n }: { n: number }) {
    if (n < 2) return null;
    return <span class="streak-badge" role="img" aria-label={t("web.today.streak", { n })}><Icon name="flame" size={14} /><span aria-hidden="true">{n}</span></span>;
}

function HabitRow({ item, day, open }: { item: Item; day: Day; open: (item: Item) => void }) {
    const done = item.status === "done";
    const tap = () => {
        if (item.status) markWithUndo(item, day, null, t("web.mark.cleared"));
        else if (item.kind === "measurable") open(item);
        else markWithUndo(item, day, { status: "done" }, t(statusKeys.done));
    };
    const label = item.status ? t("web.today.take_back", { name: item.name }) : t("web.today.mark", { name: item.name });
    return (
        <div class={`habit ${item.status ?? "open"}${isWaiting(item.id, day) ? " waiting" : ""}`} style={{ "--color": item.color }} data-id={item.id}>
            <a class="habit-main" href={href(["habit", item.id])} draggable={false}>
                <span class="habit-emoji" aria-hidden="true">{item.emoji ?? item.name.slice(0, 1).toUpperCase()}</span>
                <span class="habit-text"><span>{item.name}</span><span class="habit-meta"><small>{capital(meta(item))}</small><Streak n={item.streak} /></span></span>
            </a>
            <button type="button" class="habit-more" aria-label={t("web.today.more", { name: item.name })} onClick={() => open(item)}><Icon name="more" size={22} /></button>
            <button type="button" class="habit-check" aria-label={label} aria-pressed={done} onClick={tap}>
                <Icon name={item.status === "skipped" ? "skip" : item.status === "declined" ? "close" : item.kind === "measurable" && !done ? "plus" : "check"} size={22} />
            </button>
        </div>
    );
}

/** Two weeks, each day as full as it was done. */
function DayStrip({ day, last }: { day: Day; last: Day }) {
    const end = day > addDays(last, -6) ? last : addDays(day, 3) > last ? last : addDays(day, 3);
    const from = addDays(end, -6);
    const counts = useKept(`stats/${from}/${end}`, signal => api.get("/v1/stats", { query: { from, to: end }, signal }));
    const most = Math.max(1, ...(counts.value?.days.map(d => d.done) ?? []));
    return (
        <nav class="strip" aria-label={t("web.today.days")}>
            {Array.from({ length: 7 }, (_, i) => addDays(from, i)).map((d, i) => {
                const done = counts.value?.days[i]?.done ?? 0;
                return (
                    <a key={d} href={d === last ? href([]) : href([], { day: d })} aria-current={d === day ? "date" : undefined}
                       title={dayText(d, "full")}>
                        <small>{member("weekday.short", weekday(d))}</small>
                        <b>{Number(d.slice(8))}</b>
                        <i style={{ opacity: done ? 0.25 + (0.75 * done) / most : 0 }} />
                    </a>
                );
            })}
        </nav>
    );
}

function Ring({ done, of }: { done: number; of: number }) {
    const share = of ? done / of : 0;
    return (
        <span class={`ring${share === 1 ? " full" : ""}`} role="img" aria-label={t("web.today.progress", { done, of })}>
            <svg width="56" height="56" viewBox="0 0 56 56" aria-hidden="true">
                <circle cx="28" cy="28" r="24" /><circle class={share ? "ring-part" : "ring-none"} cx="28" cy="28" r="24" pathLength="100" stroke-dasharray={`${share * 100} 100`} />
            </svg>
            <span aria-hidden="true">{share === 1 ? <Icon name="check" size={24} /> : `${done}/${of}`}</span>
        </span>
    );
}

function Head({ day, last, items, arrange }: { day: Day; last: Day; items: Item[] | undefined; arrange: () => void }) {
    const [picking, pick] = useState(false);
    const [chosen, choose] = useState(day);
    const done = items?.filter(i => i.status === "done").length ?? 0;
    const asked = items?.filter(i => i.status !== "skipped").length ?? 0;
    const names = [t("web.today.title"), t("web.today.yesterday")];
    const title = day === last ? names[0] : day === addDays(last, -1) ? names[1] : dayText(day, "short");
    return (
        <header class="head">
            <div class="head-text">
                <h1>{title}</h1>
                <p class="muted">{capital(dayText(day, "long"))}</p>
            </div>
            <div class="head-tools">
                <IconButton icon="today" label={t("web.today.pick")} onClick={() => pick(true)} />
                {items && items.length > 1 && <IconButton icon="drag" label={t("web.today.arrange")} onClick={arrange} />}
            </div>
            {items && items.length > 0 && <Ring done={done} of={asked} />}
            {picking && (
                <Sheet title={t("web.today.pick")} onClose={() => pick(false)}
                       foot={<Button look="main" wide onClick={() => { pick(false); go(chosen >= last ? href([]) : href([], { day: chosen })); }}>{t("web.today.show")}</Button>}>
                    <input class="input" type="date" aria-label={t("web.today.pick")} value={chosen} max={last} min="2000-01-01"
                           onInput={e => isDay(e.currentTarget.value) && choose(e.currentTarget.value)} />
                </Sheet>
            )}
        </header>
    );
}

function Nothing() {
    return (
        <Empty icon="check" title={t("web.today.empty")}>
            <p>{t("web.today.empty_text")}</p>
            <a class="button main" href={href(["add"])}><Icon name="plus" /><span>{t("web.add.title")}</span></a>
        </Empty>
    );
}

export function TodayScreen() {
    const last = today();
    const asked = place.value.query.get("day");
    const day = isDay(asked) && asked < last ? asked : last;
    const loaded = useKept<Today>(dayKey(day), signal => loadDay(day, signal));
    const open = useSignal<string | null>(null);
    const gesture = useGesture(".habit", row => (open.value = row.dataset.id!));
    const [arranging, arrange] = useState(false);
    const items = loaded.value && shown(loaded.value);
    const opened = useComputed(() => open.value).value;
    const item = useMemo(() => items?.find(i => i.id === opened), [items, opened]);
    useEffect(() => {
        open.value = null;
    }, [day]);
    const all = items && items.length > 0 && items.every(i => i.status);
    return (
        <main class="screen">
            <Head day={day} last={last} items={items} arrange={() => arrange(true)} />
            <DayStrip day={day} last={last} />
            <Await of={loaded} lines={6}>
                {() => arranging ? <Arrange items={items!} onEnd={() => arrange(false)} />
                    : items!.length === 0 ? <Nothing />
                    : <div {...gesture}><Rows items={items!} height={ROW} keyOf={i => i.id}>{i => <HabitRow item={i} day={day} open={x => (open.value = x.id)} />}</Rows></div>}
            </Await>
            {all && !arranging && <p class="all-done">{t("web.today.all_done")}</p>}
            {loaded.value === undefined && !connected.value && <p class="muted">{t("web.offline.not_loaded")}</p>}
            {item && <MarkSheet item={item} day={day} onClose={() => (open.value = null)} />}
        </main>
    );
}

