// The person and their habits, as both are needed everywhere.
import { effect, signal } from "@preact/signals";
import { all, api, type Schema } from "../../shared/api.ts";
import { chooseLanguage } from "../../shared/i18n.ts";
import { session } from "../../shared/session.ts";
import { localDay, type Day } from "../days.ts";
import { dbClear } from "./db.ts";
import { changed, forgetKept, keep, keptOnDisk, useKept } from "./kept.ts";
import { forgetMarks } from "./marks.ts";
import { forgetPayment } from "./payment.ts";
import { serverNow } from "./net.ts";

export type Me = Schema<"Me">;
export type Habit = Schema<"Habit">;

export const me = signal<Me | undefined>(undefined);
/** The server has said who it is, since the page was opened; before that it may be what this device had kept. */
export const heard = signal(false);
export const useMe = () => useKept<Me>("me", loadMe);

function setMe(m: Me): Me {
    me.value = m;
    return m;
}

let changes = 0;

/** Asked again when it was changed here meanwhile: the answer may be of before. */
async function loadMe(signal?: AbortSignal): Promise<Me> {
    for (;;) {
        const before = changes, m = await api.get("/v1/me", { signal });
        if (changes !== before) continue;
        heard.value = true;
        return setMe(m);
    }
}

let learning: Promise<void> | undefined;
export function learnMe(): Promise<void> {
    return learning ??= loadMe().then(m => keep("me", m)).finally(() => (learning = undefined));
}

let changing: Promise<unknown> = Promise.resolve();

/** One change after the other: an answer that overtook a later one would show what was before. */
export function changeMe(change: Schema<"MePatch">): Promise<void> {
    const work = changing.then(async () => {
        const m = await api.patch("/v1/me", { body: change });
        changes++;
        keep("me", setMe(m));
        if (change.timezone || change.day_starts_at) changed();
    });
    changing = work.catch(() => {});
    return work;
}

const LEARNED_MS = 30_000;
let learned: { day: Day; at: number } | null = null;

/** The server has just said which day it is. */
export function learnDay(day: Day): void {
    learned = { day, at: performance.now() };
}

/** The person's day now; the device's until the person is known. */
export function today(): Day {
    if (learned && performance.now() - learned.at < LEARNED_MS) return learned.day;
    const m = me.value;
    return localDay(serverNow(), m?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, m?.day_starts_at ?? "00:00");
}

export const loadHabits = (signal?: AbortSignal): Promise<Habit[]> => all(cursor => api.get("/v1/habits", { query: { archived: "all", cursor }, signal }));
export const useHabits = () => useKept<Habit[]>("habits", loadHabits);

const OWNER = "habitd.owner";
const LANGUAGE = "habitd.language"; // for the next time, before the person is known (early.ts)

/** Nothing of somebody who signed out stays on the device. */
export async function forgetEverything(): Promise<void> {
    localStorage.removeItem(OWNER);
    localStorage.removeItem(LANGUAGE);
    me.value = undefined;
    heard.value = false;
    forgetKept();
    forgetMarks();
    forgetPayment();
    await dbClear();
}

/** What is kept belongs to one person. A session that ran out leaves it: marks that wait are sent after the next sign-in. */
async function checkOwner(): Promise<void> {
    const id = session.value?.user_id;
    if (!id) return;
    const owner = localStorage.getItem(OWNER);
    if (owner && owner !== id) {
        await forgetEverything();
        changed();
    }
    localStorage.setItem(OWNER, id);
}

async function speak(m: Me): Promise<void> {
    localStorage.setItem(LANGUAGE, m.language_code);
    await chooseLanguage(m.language_code);
}

/** The language this device's person had here the last time. */
export function knownLanguage(): string | null {
    try {
        return localStorage.getItem(LANGUAGE);
    } catch {
        return null; // private mode
    }
}

export async function startPerson(): Promise<void> {
    await checkOwner();
    effect(() => void (session.value && checkOwner()));
    if (!me.value && session.value && !learned) {
        const known = await keptOnDisk<Me>("me");
        if (known && !me.value) setMe(known);
    }
    if (me.value) await speak(me.value);
    effect(() => void (me.value && speak(me.value)));
}
