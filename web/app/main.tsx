// The Mini App: what is where, and how it begins.
import { effect } from "@preact/signals";
import { render, type ComponentChildren, type FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import languages from "habitd:languages/app";
import { api } from "../shared/api.ts";
import { language, t, useLanguages } from "../shared/i18n.ts";
import { Icon, type IconName } from "../shared/icons.tsx";
import { afterPaint } from "../shared/paint.ts";
import { back, href, place } from "../shared/router.ts";
import { signedIn, startSession } from "../shared/session.ts";
import { SignIn } from "../shared/signin.tsx";
import { backButton, inTelegram, startTelegram } from "../shared/telegram.ts";
import { startTheme } from "../shared/theme.ts";
import { Overlay, Skeleton } from "../shared/ui.tsx";
import { TodayScreen } from "./screens/today.tsx";
import { expectDay, startMarks, waiting, type Today } from "./store/marks.ts";
import { connected, lost, watchConnection } from "./store/net.ts";
import { heard, knownLanguage, learnDay, learnMe, startPerson } from "./store/person.ts";
import "../shared/base.css";
import "./app.css";

// What is not Today comes when it is wanted; the service worker has it all.
const parts = {
    habit: () => import("./screens/habit.tsx"),
    habits: () => import("./screens/habits.tsx"),
    edit: () => import("./screens/edit.tsx"),
    me: () => import("./screens/me.tsx"),
    settings: () => import("./screens/settings.tsx"),
    money: () => import("./screens/money.tsx"),
    data: () => import("./screens/data.tsx"),
};

function Later<T>({ load, children }: { load: () => Promise<T>; children: (module: T) => ComponentChildren }) {
    const [module, set] = useState<{ load: () => Promise<T>; it: T } | null>(null);
    useEffect(() => {
        let on = true;
        void load().then(it => on && set({ load, it }));
        return () => void (on = false);
    }, [load]);
    return module?.load === load ? <>{children(module.it)}</> : <main class="screen"><Skeleton lines={5} /></main>;
}

function Screen() {
    const [a, b, c] = place.value.path;
    if (a === "habit" && b && c === "edit") return <Later load={parts.edit}>{m => <m.EditScreen key={b} id={b} />}</Later>;
    if (a === "habit" && b) return <Later load={parts.habit}>{m => <m.HabitScreen key={b} id={b} />}</Later>;
    if (a === "habits") return <Later load={parts.habits}>{m => <m.HabitsScreen />}</Later>;
    if (a === "add") return <Later load={parts.edit}>{m => <m.AddScreen />}</Later>;
    if (a === "me" && b === "settings") return <Later load={parts.settings}>{m => <m.SettingsScreen />}</Later>;
    if (a === "me" && b === "premium") return <Later load={parts.money}>{m => <m.PremiumScreen />}</Later>;
    if (a === "me" && b === "balance") return <Later load={parts.money}>{m => <m.BalanceScreen />}</Later>;
    if (a === "me" && b === "invite") return <Later load={parts.money}>{m => <m.InviteScreen />}</Later>;
    if (a === "me" && b === "data") return <Later load={parts.data}>{m => <m.DataScreen />}</Later>;
    if (a === "me" && b === "sessions") return <Later load={parts.data}>{m => <m.SessionsScreen />}</Later>;
    if (a === "me") return <Later load={parts.me}>{m => <m.MeScreen />}</Later>;
    return <TodayScreen />;
}

function Tab({ icon, name, path, also }: { icon: IconName; name: string; path: string[]; also: string[] }) {
    const here = place.value.path[0] ?? "";
    return <a href={href(path)} aria-current={also.includes(here) ? "page" : undefined}><Icon name={icon} size={24} /><span>{name}</span></a>;
}

function Tabs() {
    return (
        <nav class="tabs" aria-label={t("web.tabs")}>
            <Tab icon="today" name={t("web.tab.today")} path={[]} also={[""]} />
            <Tab icon="chart" name={t("web.tab.habits")} path={["habits"]} also={["habits", "habit"]} />
            <Tab icon="plus" name={t("web.tab.add")} path={["add"]} also={["add"]} />
            <Tab icon="person" name={t("web.tab.me")} path={["me"]} also={["me"]} />
        </nav>
    );
}

function Connection() {
    if (connected.value) return null;
    return (
        <p class="offline" role="status">
            <Icon name="offline" size={18} />
            <span>{waiting.value ? t("web.offline.waiting", { n: waiting.value }) : t("web.offline.text")}</span>
        </p>
    );
}

/** Telegram's back button leads where the browser's would; on the tabs there is none. */
function useTelegramBack(): void {
    const deep = place.value.path.length > 1 || place.value.path[0] === "add";
    useEffect(() => (inTelegram && deep ? backButton(() => back(href([]))) : undefined), [deep]);
}

const App: FunctionComponent = () => {
    useTelegramBack();
    useEffect(() => {
        document.title = `${t("web.tab.today")} · habitd`;
    }, [language.value]);
    if (!signedIn.value) return <><SignIn title={t("web.signin.title")} text={t("web.signin.text")} /><Overlay /></>;
    return (
        <div class={`app${inTelegram ? " in-telegram" : ""}`} key={language.value.code}>
            <Connection />
            <Screen />
            <Tabs />
            <Overlay />
        </div>
    );
};

const KEEP_PAGES_MS = 1000; // what the worker fetches would be in the way of what is painted first

function keepPages(): void {
    if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => {});
}

const AHEAD_MS = 500; // longer than that a page is shown that waits

/** What the first page needs, asked for before anything is drawn: so the first thing that is painted is the day itself. */
async function ahead(): Promise<void> {
    await Promise.all([expectDay(api.get("/v1/today") as Promise<Today>).then(learnDay), spoken || learnMe()]);
}

startTelegram();
startTheme();
const spoken = knownLanguage();
const entering = startSession(false);
const asked = signedIn.value ? ahead().catch(lost) : undefined;
await Promise.all([useLanguages(languages, spoken ? [spoken, ...navigator.languages] : navigator.languages), entering, Promise.race([asked, new Promise(done => setTimeout(done, AHEAD_MS))])]);
await startPerson();
render(<App />, document.getElementById("page")!);
void startMarks();
watchConnection();
afterPaint(() => effect(() => void (signedIn.value && !heard.value && learnMe().catch(lost)))); // zone and language; Today asks by itself
setTimeout(keepPages, KEEP_PAGES_MS);
