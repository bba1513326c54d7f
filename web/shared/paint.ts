/** Runs once something is on the screen: for what nobody waits to see. */
export function afterPaint(run: () => void): void {
    new PerformanceObserver((list, observer) => {
        if (!list.getEntriesByName("first-contentful-paint").length) return;
        observer.disconnect();
        run();
    }).observe({ type: "paint", buffered: true });
}
