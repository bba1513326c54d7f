// A long press, and a swipe to either side, beside a tap that stays a click.
import { useRef } from "preact/hooks";
import { haptic } from "../../shared/telegram.ts";

const HOLD_MS = 450;
const SLOP = 10;
const SWIPE = 64;

/** Handlers for an element. `act` is called once for each gesture, and the click that follows it is swallowed. */
export function useGesture(act: () => void) {
    const g = useRef({ x: 0, y: 0, timer: 0, done: false, on: false });
    const fire = () => {
        g.current.done = true;
        g.current.on = false;
        haptic("select");
        act();
    };
    const slide = (el: HTMLElement, dx: number) => (el.style.translate = dx ? `${dx}px 0` : "");
    const end = (e: PointerEvent) => {
        clearTimeout(g.current.timer);
        g.current.on = false;
        slide(e.currentTarget as HTMLElement, 0);
    };
    return {
        onPointerDown: (e: PointerEvent) => {
            if (e.button !== 0) return;
            g.current = { x: e.clientX, y: e.clientY, timer: window.setTimeout(fire, HOLD_MS), done: false, on: true };
        },
        onPointerMove: (e: PointerEvent) => {
            const s = g.current;
            if (!s.on) return;
            const dx = e.clientX - s.x, dy = e.clientY - s.y;
            if (Math.abs(dx) > SLOP || Math.abs(dy) > SLOP) clearTimeout(s.timer);
            if (Math.abs(dy) > Math.abs(dx) + SLOP) return end(e);
            if (e.pointerType !== "mouse" && Math.abs(dx) > SLOP) slide(e.currentTarget as HTMLElement, Math.max(-SWIPE, Math.min(SWIPE, dx)) / 2);
            if (e.pointerType !== "mouse" && Math.abs(dx) > SWIPE) {
                slide(e.currentTarget as HTMLElement, 0);
                fire();
            }
        },
        onPointerUp: end,
        onPointerCancel: end,
        onPointerLeave: end,
        onContextMenu: (e: Event) => e.preventDefault(),
        onClickCapture: (e: Event) => {
            if (!g.current.done) return;
            g.current.done = false;
            e.preventDefault();
            e.stopPropagation();
        },
    };
}
