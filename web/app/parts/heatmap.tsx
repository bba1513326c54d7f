// A year of a habit: a column for each week, drawn on a canvas because a year is 371 squares.
import { useEffect, useRef } from "preact/hooks";
import { dayText, member, t, type TextKey } from "../../shared/i18n.ts";
import { addDays, weekday, type Day } from "../days.ts";

export interface Year { from: Day; to: Day; levels: string; scores: (number | null)[] }

const GAP = 3;
const TOP = 18;
const words: Record<string, TextKey> = { d: "web.status.done", p: "web.status.partly", s: "web.status.skipped", x: "web.status.declined", o: "web.status.open",
    ".": "web.status.not_due", "-": "web.status.before" };

/** Where the squares are: on a narrow screen a year is two bands of half a year. */
interface Grid { lead: number; bands: number; perBand: number; size: number; offset: number; band: number; height: number }

function grid(width: number, year: Year, start: number): Grid {
    const lead = (weekday(year.from) - start + 7) % 7, weeks = Math.ceil((lead + year.levels.length) / 7);
    const bands = width < 520 ? 2 : 1, perBand = Math.ceil(weeks / bands);
    const size = Math.max(6, Math.min(15, (width + GAP) / perBand - GAP)), band = TOP + 7 * (size + GAP);
    // the newest week stands at the end
    return { lead, bands, perBand, size, offset: width - perBand * (size + GAP) + GAP, band, height: bands * band };
}

function spot(g: Grid, weeks: number, i: number): [number, number] {
    const at = g.lead + i, week = Math.floor(at / 7) + (g.bands * g.perBand - weeks);
    return [g.offset + (week % g.perBand) * (g.size + GAP), Math.floor(week / g.perBand) * g.band + TOP + (at % 7) * (g.size + GAP)];
}

const weeksOf = (g: Grid, year: Year) => Math.ceil((g.lead + year.levels.length) / 7);

function paint(canvas: HTMLCanvasElement, year: Year, color: string, start: number, chosen: Day | null): void {
    const width = canvas.clientWidth, dpr = devicePixelRatio || 1, g = grid(width, year, start), weeks = weeksOf(g, year);
    const style = getComputedStyle(document.documentElement);
    const v = (name: string) => style.getPropertyValue(name).trim();
    const [muted, fill, text, bad, badSoft] = [v("--muted"), v("--fill"), v("--text"), v("--danger"), v("--danger-soft")] as const;
    canvas.width = width * dpr;
    canvas.height = g.height * dpr;
    canvas.style.height = `${g.height}px`;
    const c = canvas.getContext("2d")!;
    c.scale(dpr, dpr);
    c.font = "11px system-ui";
    for (let i = 0; i < year.levels.length; i++) {
        const level = year.levels[i]!, day = addDays(year.from, i), [x, y] = spot(g, weeks, i);
        if (day.endsWith("-01") && x < width - 20) {
            c.fillStyle = muted;
            c.fillText(member("month.short", Number(day.slice(5, 7))), x, Math.floor(y / g.band) * g.band + 11);
        }
        c.globalAlpha = level === "p" ? 0.5 : level === "s" ? 0.28 : level === "-" ? 0.35 : 1;
        c.fillStyle = "dps".includes(level) ? color : level === "x" ? badSoft : fill;
        c.beginPath();
        c.roundRect(x, y, g.size, g.size, g.size * 0.28);
        c.fill();
        c.globalAlpha = 1;
        if (level === "x" || day === chosen) {
            c.strokeStyle = day === chosen ? text : bad;
            c.lineWidth = day === chosen ? 2 : 1;
            c.stroke();
        }
    }
}

export function Heatmap({ year, color, weekStart, chosen, onChoose, theme }: {
    year: Year; color: string; weekStart: number; chosen: Day | null; onChoose: (day: Day) => void; theme: unknown;
}) {
    const ref = useRef<HTMLCanvasElement>(null);
    useEffect(() => {
        const canvas = ref.current!;
        const draw = () => paint(canvas, year, color, weekStart, chosen);
        draw();
        const watch = new ResizeObserver(draw);
        watch.observe(canvas.parentElement!);
        return () => watch.disconnect();
    }, [year, color, weekStart, chosen, theme]);
    const index = chosen && chosen >= year.from && chosen <= year.to ? (Date.parse(chosen) - Date.parse(year.from)) / 86_400_000 : year.levels.length - 1;
    const move = (by: number) => {
        const next = Math.max(0, Math.min(year.levels.length - 1, index + by));
        onChoose(addDays(year.from, next));
    };
    const press = (e: MouseEvent) => {
        const box = ref.current!.getBoundingClientRect(), g = grid(box.width, year, weekStart), step = g.size + GAP;
        const x = e.clientX - box.left - g.offset, y = e.clientY - box.top, band = Math.floor(y / g.band);
        const row = Math.floor((y - band * g.band - TOP) / step), column = Math.floor(x / step);
        const week = band * g.perBand + column - (g.bands * g.perBand - weeksOf(g, year));
        const i = week * 7 + row - g.lead;
        if (row >= 0 && row < 7 && column >= 0 && i >= 0 && i < year.levels.length) onChoose(addDays(year.from, i));
    };
    const done = [...year.levels].filter(l => l === "d").length;
    const said = chosen ? `${dayText(chosen, "full")}: ${t(words[year.levels[index]!] ?? "web.status.open")}` : t("web.habit.year_sum", { n: done });
    return (
        <div class="heatmap">
            <canvas ref={ref} tabIndex={0} role="img" aria-label={said} onClick={press}
                    onKeyDown={e => {
                        const by = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1 }[e.key];
                        if (by) { e.preventDefault(); move(by); }
                    }} />
            <p class="muted" aria-live="polite">{said}</p>
        </div>
    );
}
