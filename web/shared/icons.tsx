// Line icons on a grid of 24; decoration, so hidden from screen readers: whatever shows one says what it is.
const paths = {
    check: "M5 12.5l4.5 4.5L19 7",
    close: "M6 6l12 12M18 6L6 18",
    plus: "M12 5v14M5 12h14",
    minus: "M5 12h14",
    back: "M15 5l-7 7 7 7",
    next: "M9 5l7 7-7 7",
    down: "M6 9l6 6 6-6",
    up: "M6 15l6-6 6 6",
    today: "M8 3v3M16 3v3M4 9h16M6 5h12a2 2 0 012 2v11a2 2 0 01-2 2H6a2 2 0 01-2-2V7a2 2 0 012-2zM9 14l2 2 4-4",
    person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 20c1.2-3.3 4.2-5 8-5s6.8 1.7 8 5",
    chart: "M4 20V10M10 20V4M16 20v-7M22 20H2",
    bell: "M6 16V11a6 6 0 1112 0v5l1.5 2h-15zM10 21h4",
    clock: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 2",
    edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
    archive: "M4 8h16v11a1 1 0 01-1 1H5a1 1 0 01-1-1zM3 4h18v4H3zM10 12h4",
    pause: "M9 6v12M15 6v12",
    play: "M8 5l11 7-11 7z",
    more: "M6 12h.01M12 12h.01M18 12h.01",
    skip: "M6 6l8 6-8 6zM18 6v12",
    undo: "M9 7L4 12l5 5M4 12h10a5 5 0 015 5v1",
    note: "M6 4h12v12l-4 4H6zM14 20v-4h4M9 9h6M9 13h4",
    drag: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
    globe: "M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    wallet: "M4 7h14a2 2 0 012 2v9a2 2 0 01-2 2H6a2 2 0 01-2-2zM4 7l11-3v3M16 13.5h.01",
    star: "M12 4l2.5 5.2 5.5.8-4 4 1 5.7-5-2.8-5 2.8 1-5.7-4-4 5.5-.8z",
    gift: "M4 11h16v9H4zM3 7h18v4H3zM12 7v13M12 7c-2-5-7-3-5 0M12 7c2-5 7-3 5 0",
    file: "M6 3h8l4 4v14H6zM14 3v4h4",
    out: "M14 4h5v16h-5M4 12h11M11 8l4 4-4 4",
    search: "M11 18a7 7 0 100-14 7 7 0 000 14zM16 16l5 5",
    filter: "M4 6h16M7 12h10M10 18h4",
    warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
    offline: "M3 3l18 18M8.5 16.5a5 5 0 016-1M5 13a10 10 0 014-2.5M2 9a15 15 0 015-3M11 5a15 15 0 0111 4M15 10.5A10 10 0 0119 13M12 20h.01",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    sun: "M12 16a4 4 0 100-8 4 4 0 000 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19",
    shield: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z",
    flame: "M12 3c1 4 5 6 5 11a5 5 0 01-10 0c0-2 1-3 2-4 .5 1.5 1 2 2 2.5C11.500 9 11 6 12 3z",
    link: "M10 14a4 4 0 005.700 0l3-3a4 4 0 00-5.700-5.700l-1 1M14 10a4 4 0 00-5.700 0l-3 3a4 4 0 005.700 5.700l1-1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
    return (
        <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
            <path d={paths[name]} />
        </svg>
    );
}
