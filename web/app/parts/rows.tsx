// A long list of rows of one height: of many only those near the screen are in the page.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const ALWAYS = 60; // so few cost nothing
const AROUND = 8;

export function Rows<T>({ items, height, keyOf, children }: {
    items: readonly T[]; height: number; keyOf: (item: T) => string; children: (item: T, index: number) => ComponentChildren;
}) {
    const ref = useRef<HTMLUListElement>(null);
    const [span, setSpan] = useState<[number, number]>(() => [0, Math.ceil(innerHeight / height) + AROUND]);
    const many = items.length > ALWAYS;
    useEffect(() => {
        if (!many) return;
        let frame = 0;
        const look = () => {
            frame = 0;
            const top = ref.current?.getBoundingClientRect().top ?? 0;
            const from = Math.max(0, Math.floor(-top / height) - AROUND);
            const to = Math.min(items.length, Math.ceil((innerHeight - top) / height) + AROUND);
            setSpan(s => (s[0] === from && s[1] === to ? s : [from, to]));
        };
        const soon = () => (frame ||= requestAnimationFrame(look));
        look();
        addEventListener("scroll", soon, { passive: true });
        addEventListener("resize", soon);
        return () => {
            cancelAnimationFrame(frame);
            removeEventListener("scroll", soon);
            removeEventListener("resize", soon);
        };
    }, [many, items.length, height]);
    const [from, to] = many ? span : [0, items.length];
    return (
        <ul ref={ref} class="rows" style={many ? { height: `${items.length * height}px` } : undefined}>
            {items.slice(from, to).map((item, i) => (
                <li key={keyOf(item)} style={many ? { position: "absolute", insetInline: 0, top: `${(from + i) * height}px`, height: `${height}px` } : undefined}
                    aria-setsize={many ? items.length : undefined} aria-posinset={many ? from + i + 1 : undefined}>
                    {children(item, from + i)}
                </li>
            ))}
        </ul>
    );
}
