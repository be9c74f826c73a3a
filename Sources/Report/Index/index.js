"use strict";
// Leads on from `#after-RUN` and `#before-RUN`, the links of a report, to the report of the neighbouring run. When a
// report is written, nobody knows yet which one comes after it.
(() => {
  const follow = () => {
    const [, way, id] = location.hash.match(/^#(after|before)-(.+)$/) ?? [];
    if (!way) return;
    // The newest is first, and names sort by time.
    const runs = [...document.querySelectorAll(".runs tr[id]")];
    const next = way === "after" ? runs.findLast((run) => run.id > id) : runs.find((run) => run.id < id);
    // A report without a page is shown in the list.
    if (next) location.replace(next.querySelector("a")?.href ?? "#" + next.id);
    else document.querySelector(`[data-end=${way}]`)?.classList.add("reached");
  };
  addEventListener("hashchange", follow);
  follow();
})();
