import type { ComponentChildren } from "preact";
import { t } from "../../shared/i18n.ts";
import { back, href } from "../../shared/router.ts";
import { IconButton } from "../../shared/ui.tsx";

/** A page behind another: a title with the way back. */
export function Page({ title, to = ["me"], children }: { title: string; to?: string[]; children: ComponentChildren }) {
    return (
        <main class="screen narrow">
            <header class="head">
                <span class="only-web"><IconButton icon="back" label={t("web.back")} onClick={() => back(href(to))} /></span>
                <div class="head-text"><h1>{title}</h1></div>
            </header>
            {children}
        </main>
    );
}
