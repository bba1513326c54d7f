// A long press, and a swipe to either side, of the rows of a list, beside a tap that stays a click.
import { useRef } from "preact/hooks";
import { haptic } from "../../shared/telegram.ts";

const HOLD_MS = 450;
const SLOP = 10;
const SWIPE = 64;

interface Touch { x: number; y: number; timer: number; row: HTMLElement | null; done: boolean }
const none: Touch = { x: 0, y: 0, timer: 0, row: null, done: false };

/** Handlers for the element around the rows, which are what `selector` finds. `act` is called once for each gesture, and the click that follows it is swallowed. */
export function useGesture(selector: string, act: (row: HTMLElement) => void) {
    const g = useRef(none);
    const slide = (dx: number) => g.current.row && (g.current.row.style.translate = dx ? `${dx}px 0` : "");
    const end = () => {
        clearTimeout(g.current.timer);
        slide(0);
        g.current.row = null;
    };
    const fire = () => {
        const row = g.current.row!;
        end();
        g.current.done = true;
        haptic("select");
        act(row);
    };
    return {
        onPointerDown: (e: PointerEvent) => {
            end();
            const row = (e.target as Element).closest<HTMLElement>(selector);
            g.current = e.button === 0 && row ? { x: e.clientX, y: e.clientY, timer: window.setTimeout(fire, HOLD_MS), row, done: false } : none;
        },
        onPointerMove: (e: PointerEvent) => {
            const s = g.current;
            if (!s.row) return;
            const dx = e.clientX - s.x, dy = e.clientY - s.y;
            if (Math.abs(dx) > SLOP || Math.abs(dy) > SLOP) clearTimeout(s.timer);
            if (Math.abs(dy) > Math.abs(dx) + SLOP) return end();
            if (e.pointerType === "mouse") return;
            if (Math.abs(dx) > SWIPE) fire();
            else if (Math.abs(dx) > SLOP) slide(dx / 2);
        },
        onPointerUp: end,
        onPointerCancel: end,
        onPointerLeave: end,
        onContextMenu: (e: Event) => (e.target as Element).closest(selector) && e.preventDefault(),
        onClickCapture: (e: Event) => {
            if (!g.current.done) return;
            g.current.done = false;
            e.preventDefault();
            e.stopPropagation();
        },
    };
}
