import { useId } from "preact/hooks";
import { member } from "../../shared/i18n.ts";
import { me } from "../store/person.ts";

/** Days of the week, each on or off; at least one stays on. */
export function WeekdayPicker({ label, value, onValue }: { label: string; value: number[]; onValue: (days: number[]) => void }) {
    const name = useId(), start = me.value?.week_starts_on ?? 1;
    return (
        <fieldset class="weekday-pick">
            <legend class="hidden">{label}</legend>
            {Array.from({ length: 7 }, (_, i) => ((start - 1 + i) % 7) + 1).map(d => (
                <label key={d}>
                    <input type="checkbox" name={name} checked={value.includes(d)} aria-label={member("weekday.long", d)}
                           onChange={() => {
                               const next = value.includes(d) ? value.filter(x => x !== d) : [...value, d].sort();
                               onValue(next.length ? next : value);
                           }} />
                    <span>{member("weekday.short", d)}</span>
                </label>
            ))}
        </fieldset>
    );
}
