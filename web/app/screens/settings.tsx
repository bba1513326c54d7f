// Zone, language, when a day begins, what is told, how it looks.
import { languageChoices, member, t } from "../../shared/i18n.ts";
import { themeChoice, type ThemeChoice } from "../../shared/theme.ts";
import { Await, Section, Segmented, SelectField, Switch, toast, useBusy } from "../../shared/ui.tsx";
import type { Schema } from "../../shared/api.ts";
import { Page } from "../parts/page.tsx";
import { changeMe, useMe, type Me } from "../store/person.ts";

const zones = (): string[] => (Intl as unknown as { supportedValuesOf?: (what: string) => string[] }).supportedValuesOf?.("timeZone") ?? [];

function Form({ me }: { me: Me }) {
    const [, run] = useBusy();
    const set = (change: Schema<"MePatch">) => void run(() => changeMe(change)).then(ok => ok && toast(t("web.saved")));
    const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const names = [...new Set([me.timezone, device, "UTC", ...zones()])];
    const hours = (from: number, to: number, step: number) =>
        Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step).map(m => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`);
    const day = [...new Set([me.day_starts_at, ...hours(0, 360, 60)])].sort();
    const quiet = me.quiet_hours;
    return (
        <>
            <Section title={t("web.settings.place")}>
                <div class="pad form">
                    <SelectField label={t("web.settings.zone")} value={me.timezone} onValue={timezone => set({ timezone })}
                                 hint={device !== me.timezone ? t("web.settings.device_zone", { zone: device }) : undefined}
                                 choices={names.map(value => ({ value, label: value.replaceAll("_", " ") }))} />
                    <SelectField label={t("web.settings.language")} value={languageChoices().find(l => me.language_code.startsWith(l.code))?.code ?? "en"}
                                 onValue={language_code => set({ language_code })} choices={languageChoices().map(l => ({ value: l.code, label: l.name }))} />
                    <SelectField label={t("web.settings.day")} hint={t("web.settings.day_hint")} value={me.day_starts_at}
                                 onValue={day_starts_at => set({ day_starts_at })} choices={day.map(value => ({ value, label: value }))} />
                    <SelectField label={t("web.settings.week")} value={String(me.week_starts_on)} onValue={w => set({ week_starts_on: Number(w) })}
                                 choices={[1, 6, 7].map(d => ({ value: String(d), label: member("weekday.long", d) }))} />
                </div>
            </Section>
            <Section title={t("web.settings.told")}>
                <Switch label={t("web.settings.notifications")} checked={me.notifications_enabled} onValue={notifications_enabled => set({ notifications_enabled })} />
                <Switch label={t("web.settings.summary")} checked={me.weekly_summary} onValue={weekly_summary => set({ weekly_summary })} />
                <Switch label={t("web.settings.nudges")} checked={me.nudges} onValue={nudges => set({ nudges })} />
                <Switch label={t("web.settings.quiet")} note={quiet ? `${quiet.from} – ${quiet.to}` : t("web.settings.quiet_note")} checked={quiet !== null}
                        onValue={on => set({ quiet_hours: on ? { from: "22:00", to: "08:00" } : null })} />
                {quiet && (
                    <div class="pad pair-fields">
                        <SelectField label={t("web.settings.from")} value={quiet.from} choices={[...new Set([quiet.from, ...hours(0, 1410, 30)])].sort().map(value => ({ value, label: value }))}
                                     onValue={from => set({ quiet_hours: { ...quiet, from } })} />
                        <SelectField label={t("web.settings.to")} value={quiet.to} choices={[...new Set([quiet.to, ...hours(0, 1410, 30)])].sort().map(value => ({ value, label: value }))}
                                     onValue={to => set({ quiet_hours: { ...quiet, to } })} />
                    </div>
                )}
            </Section>
            <Section title={t("web.settings.look")}>
                <div class="pad">
                    <Segmented<ThemeChoice> label={t("web.settings.look")} value={themeChoice.value} onValue={v => (themeChoice.value = v)}
                        choices={[{ value: "auto", label: t("web.settings.auto") }, { value: "light", label: t("web.settings.light") }, { value: "dark", label: t("web.settings.dark") }]} />
                </div>
            </Section>
        </>
    );
}

export function SettingsScreen() {
    const me = useMe();
    return <Page title={t("web.settings.title")}><Await of={me}>{m => <Form me={m} />}</Await></Page>;
}
