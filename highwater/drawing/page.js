// Draws the charts of the page, from the data in the page.
"use strict";
const {redraw} = drawDay(JSON.parse(document.getElementById("day").textContent));
// Paper is white and narrow.
onbeforeprint = () => { document.documentElement.className = "print"; redraw(); };
onafterprint = () => { document.documentElement.className = ""; redraw(); };
