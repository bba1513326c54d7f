// The console: what is where, and how it begins. Whoever is no admin is refused by the API, whatever this page shows.
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import languages from "habitd:languages/admin";
import { loadCurrencies } from "../shared/currency.ts";
import { chooseLanguage, language, languageChoices, t, useLanguages, type TextKey } from "../shared/i18n.ts";
import { Icon, type IconName } from "../shared/icons.tsx";
import { href, place } from "../shared/router.ts";
import { signedIn, signOut, startSession } from "../shared/session.ts";
import { SignIn } from "../shared/signin.tsx";
import { startTelegram } from "../shared/telegram.ts";
import { startTheme, themeChoice, type ThemeChoice } from "../shared/theme.ts";
import { Await, Button, Overlay, SelectField, useBusy, useLoad } from "../shared/ui.tsx";
import { AlertsScreen } from "./screens/alerts.tsx";
import { AuditScreen } from "./screens/audit.tsx";
import { BroadcastsScreen } from "./screens/broadcasts.tsx";
import { DatabaseScreen } from "./screens/database.tsx";
import { FiguresScreen } from "./screens/figures.tsx";
import { LogsScreen } from "./screens/logs.tsx";
import { OverviewScreen } from "./screens/overview.tsx";
import { PaymentScreen } from "./screens/payment.tsx";
import { PaymentsScreen } from "./screens/payments.tsx";
import { ReferralsScreen } from "./screens/referrals.tsx";
import { SubscriptionsScreen } from "./screens/subscriptions.tsx";
import { UserScreen } from "./screens/user.tsx";
import { UsersScreen } from "./screens/users.tsx";
import "./refusals.ts";
import { InboxScreen, OutboxScreen } from "./screens/waiting.tsx";
import "../shared/base.css";
import "./admin.css";

const LANGUAGE = "habitd.console.language";

const sections: { path: string; icon: IconName; name: TextKey }[] = [
    { path: "", icon: "chart", name: "console.overview" },
    { path: "users", icon: "person", name: "console.users" },
    { path: "payments", icon: "wallet", name: "console.payments" },
    { path: "subscriptions", icon: "star", name: "console.subscriptions" },
    { path: "referrals", icon: "gift", name: "console.referrals" },
    { path: "broadcasts", icon: "globe", name: "console.broadcasts" },
    { path: "outbox", icon: "out", name: "console.outbox" },
    { path: "inbox", icon: "archive", name: "console.inbox" },
    { path: "alerts", icon: "bell", name: "console.alerts" },
    { path: "logs", icon: "note", name: "console.logs" },
    { path: "audit", icon: "shield", name: "console.audit" },
    { path: "database", icon: "file", name: "console.database" },
];

function Screen() {
    const [section, id] = place.value.path;
    if (section === "users" && id) return <UserScreen key={id} id={id} />;
    if (section === "users") return <UsersScreen />;
    if (section === "payments" && id) return <PaymentScreen key={id} id={id} />;
    if (section === "payments") return <PaymentsScreen />;
    if (section === "subscriptions") return <SubscriptionsScreen />;
    if (section === "broadcasts") return <BroadcastsScreen />;
    if (section === "outbox") return <OutboxScreen />;
    if (section === "inbox") return <InboxScreen />;
    if (section === "referrals") return <ReferralsScreen />;
    if (section === "alerts") return <AlertsScreen />;
    if (section === "logs") return <LogsScreen />;
    if (section === "database") return <DatabaseScreen />;
    if (section === "audit") return <AuditScreen />;
    if (section === "figures") return <FiguresScreen />;
    return <OverviewScreen />;
}

function keptLanguage(): string[] {
    try {
        return [localStorage.getItem(LANGUAGE)].filter(x => x !== null);
    } catch {
        return [];
    }
}

async function changeLanguage(code: string): Promise<void> {
    await chooseLanguage(code);
    try {
        localStorage.setItem(LANGUAGE, code);
    } catch {
        /* private mode: this visit only */
    }
}

function Preferences() {
    const [busy, run] = useBusy();
    const themes: { value: ThemeChoice; label: string }[] = [
        { value: "auto", label: t("console.theme.auto") },
        { value: "light", label: t("console.theme.light") },
        { value: "dark", label: t("console.theme.dark") },
    ];
    return (
        <div class="preferences">
            <SelectField label={t("console.language")} value={language.value.code} onValue={code => void changeLanguage(code)}
                         choices={languageChoices().map(l => ({ value: l.code, label: l.name }))} />
            <SelectField label={t("console.theme")} value={themeChoice.value} choices={themes} onValue={v => (themeChoice.value = v)} />
            <Button icon="out" busy={busy} onClick={() => run(() => signOut())}>{t("console.sign_out")}</Button>
        </div>
    );
}

function Navigation() {
    const here = place.value.path[0] ?? "";
    return (
        <nav aria-label={t("console.title")}>
            {sections.map(s => (
                <a key={s.path} href={href(s.path ? [s.path] : [])} aria-current={s.path === here ? "page" : undefined}>
                    <Icon name={s.icon} /><span>{t(s.name)}</span>
                </a>
            ))}
        </nav>
    );
}

function Signed() {
    const main = useRef<HTMLElement>(null);
    const currencies = useLoad(loadCurrencies, []); // before any amount is shown
    return (
        <div class="console" key={language.value.code}>
            <button type="button" class="to-content" onClick={() => main.current?.focus()}>{t("console.to_content")}</button>
            <aside>
                <p class="brand"><Icon name="check" /><span>habitd</span></p>
                <Navigation />
                <Preferences />
            </aside>
            <main ref={main} tabIndex={-1}><Await of={currencies}>{() => <Screen />}</Await></main>
            <Overlay />
        </div>
    );
}

function Console() {
    const section = sections.find(s => s.path === (place.value.path[0] ?? "")) ?? sections[0]!;
    useEffect(() => {
        document.title = `${t(section.name)} · habitd`;
    }, [section, language.value]);
    return signedIn.value ? <Signed /> : <><SignIn title={t("console.title")} text={t("console.signin")} /><Overlay /></>;
}

startTelegram();
startTheme();
await Promise.all([useLanguages(languages, [...keptLanguage(), ...navigator.languages]), startSession(true)]);
render(<Console />, document.getElementById("page")!);
