// All habits: the active ones, the paused ones, the archive.
import { useState } from "preact/hooks";
import { capital, t } from "../../shared/i18n.ts";
import { Icon } from "../../shared/icons.tsx";
import { href } from "../../shared/router.ts";
import { Await, Empty, Segmented } from "../../shared/ui.tsx";
import { Rows } from "../parts/rows.tsx";
import { useHabits, type Habit } from "../store/person.ts";
import { goal, often } from "../words.ts";

type Which = "active" | "paused" | "archived";

export function HabitsScreen() {
    const habits = useHabits();
    const [which, show] = useState<Which>("active");
    const of = (h: Habit): Which => (h.archived ? "archived" : h.paused ? "paused" : "active");
    const choices = [
        { value: "active" as Which, label: t("web.habits.active") },
        { value: "paused" as Which, label: t("web.habits.paused") },
        { value: "archived" as Which, label: t("web.habits.archived") },
    ];
    return (
        <main class="screen">
            <header class="head">
                <div class="head-text"><h1>{t("web.habits.title")}</h1></div>
                <a class="button main" href={href(["add"])}><Icon name="plus" /><span>{t("web.add.short")}</span></a>
            </header>
            <Segmented label={t("web.habits.which")} value={which} choices={choices} onValue={show} />
            <Await of={habits} lines={6}>{list => {
                const items = list.filter(h => of(h) === which);
                if (items.length === 0) return <Empty icon={which === "archived" ? "archive" : "check"} title={t("web.habits.none")} />;
                return (
                    <Rows items={items} height={68} keyOf={h => h.id}>{h => (
                        <a class="habit plain" style={{ "--color": h.color }} href={href(["habit", h.id])}>
                            <span class="habit-emoji" aria-hidden="true">{h.emoji ?? h.name.slice(0, 1).toUpperCase()}</span>
                            <span class="habit-text"><span>{h.name}</span><small>{capital([often(h), goal(h)].filter(Boolean).join(" · "))}</small></span>
                            <span class="row-go"><Icon name="next" size={16} /></span>
                        </a>
                    )}</Rows>
                );
            }}</Await>
        </main>
    );
}
