// The score over a year, by uPlot.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { dayText, percent, t } from "../../shared/i18n.ts";
import { addDays, type Day } from "../days.ts";

export default function ScoreLine({ from, scores, color, theme }: { from: Day; scores: (number | null)[]; color: string; theme: unknown }) {
    const ref = useRef<HTMLDivElement>(null);
    useEffect(() => {
        const box = ref.current!, style = getComputedStyle(document.documentElement);
        const muted = style.getPropertyValue("--muted").trim(), line = style.getPropertyValue("--line").trim();
        const days = scores.map((_, i) => Date.parse(`${addDays(from, i)}T00:00:00Z`) / 1000);
        const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
        const plot = new uPlot({
            width: box.clientWidth, height: 168, padding: [8, 8, 0, 0], legend: { show: false }, cursor: { y: false, drag: { x: false, y: false } },
            tzDate: ts => uPlot.tzDate(new Date(ts * 1000), "UTC"),
            scales: { y: { range: [0, 1] } },
            axes: [
                { ...axis, size: 26, space: 60, values: (_, splits) => splits.map(s => dayText(new Date(s * 1000).toISOString().slice(0, 10), "short")) },
                { ...axis, size: 44, splits: () => [0, 0.5, 1], values: (_, splits) => splits.map(percent) },
            ],
            series: [{}, { stroke: color, width: 2, fill: `${color}22`, points: { show: false }, spanGaps: false }],
        }, [days, scores], box);
        const watch = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 168 }));
        watch.observe(box);
        return () => {
            watch.disconnect();
            plot.destroy();
        };
    }, [from, scores, color, theme]);
    const now = scores.findLast(s => s !== null);
    return <div ref={ref} class="line" role="img" aria-label={t("web.habit.score_now", { score: percent(now ?? 0) })} />;
}
