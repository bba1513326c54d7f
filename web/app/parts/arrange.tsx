// The order of habits: dragged by the handle, or moved with the arrow keys while it has the focus.
import { useRef, useState } from "preact/hooks";
import { api } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { Icon } from "../../shared/icons.tsx";
import { haptic } from "../../shared/telegram.ts";
import { Button, useBusy } from "../../shared/ui.tsx";
import { changed } from "../store/kept.ts";
import { loadHabits, type Habit } from "../store/person.ts";

const ROW = 64;

/** Where in the whole list the habit comes to stand that is now at `to` among the shown ones. */
function placeOf(all: Habit[], shown: { id: string }[], to: number): number {
    const rest = all.filter(h => h.id !== shown[to]!.id);
    const next = shown[to + 1], before = shown[to - 1];
    if (next) return rest.findIndex(h => h.id === next.id);
    return before ? rest.findIndex(h => h.id === before.id) + 1 : 0;
}

export function Arrange({ items, onEnd }: { items: { id: string; name: string; emoji: string | null; color: string }[]; onEnd: () => void }) {
    const [order, setOrder] = useState(items);
    const [lifted, lift] = useState<{ id: string; from: number; dy: number } | null>(null);
    const start = useRef(0);
    const storing = useRef<Promise<unknown>>(Promise.resolve());
    const [, run] = useBusy();
    /** One move after the other, each among the habits as the server has them then. */
    const store = (list: typeof order, to: number) => {
        const patch = async () => api.patch("/v1/habits/{habit_id}", { path: { habit_id: list[to]!.id }, body: { position: placeOf(await loadHabits(), list, to) } });
        storing.current = storing.current.then(() => run(patch)).then(changed);
    };
    const move = (from: number, to: number): typeof order | null => {
        if (to < 0 || to >= order.length || to === from) return null;
        const list = order.slice();
        list.splice(to, 0, list.splice(from, 1)[0]!);
        haptic("select");
        setOrder(list);
        return list;
    };
    const target = lifted ? Math.max(0, Math.min(order.length - 1, lifted.from + Math.round(lifted.dy / ROW))) : -1;
    const drop = () => {
        if (!lifted) return;
        lift(null);
        const list = move(lifted.from, target);
        if (list) store(list, target);
    };
    const shift = (i: number) => {
        if (!lifted || i === lifted.from) return 0;
        if (i > lifted.from && i <= target) return -ROW;
        return i < lifted.from && i >= target ? ROW : 0;
    };
    return (
        <>
            <p class="muted arrange-how">{t("web.today.arrange_how")}</p>
            <ul class="rows arrange">
                {order.map((h, i) => (
                    <li key={h.id} class={lifted?.id === h.id ? "lifted" : ""} style={{ translate: `0 ${lifted?.id === h.id ? lifted.dy : shift(i)}px` }}>
                        <span class="habit-emoji" style={{ "--color": h.color }} aria-hidden="true">{h.emoji ?? h.name.slice(0, 1).toUpperCase()}</span>
                        <span class="arrange-name">{h.name}</span>
                        <button type="button" class="handle" aria-label={t("web.today.move", { name: h.name })}
                                onPointerDown={e => { e.currentTarget.setPointerCapture(e.pointerId); start.current = e.clientY; lift({ id: h.id, from: i, dy: 0 }); }}
                                onPointerMove={e => lifted?.id === h.id && lift({ ...lifted, dy: e.clientY - start.current })}
                                onPointerUp={drop} onPointerCancel={() => lift(null)}
                                onKeyDown={e => {
                                    const by = e.key === "ArrowUp" ? -1 : e.key === "ArrowDown" ? 1 : 0;
                                    if (!by) return;
                                    e.preventDefault();
                                    const list = move(i, i + by);
                                    if (list) store(list, i + by);
                                }}>
                            <Icon name="drag" size={22} />
                        </button>
                    </li>
                ))}
            </ul>
            <Button look="main" wide onClick={onEnd}>{t("web.today.arranged")}</Button>
        </>
    );
}
