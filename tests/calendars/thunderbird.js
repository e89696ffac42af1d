"use strict";
// What ical.js makes of a calendar: the facts of each event, and all that its rules come to.

function instant(time) {
  if (time.isDate) return time.toString();
  if (time.zone === ICAL.Timezone.localTimezone) throw new Error("no zone: " + time);
  return time.convertToZone(ICAL.Timezone.utcTimezone).toString();
}

function facts(event) {
  const named = event.recurrenceId;
  return [event.uid, named && instant(named), event.sequence, instant(event.startDate), instant(event.endDate)];
}

function occurrences(event, most) {
  const found = [];
  for (let each = event.iterator(), at; (at = each.next()); ) {
    if (found.length === most) throw new Error("it never ends");
    const {startDate, endDate, item} = event.getOccurrenceDetails(at);
    found.push([event.uid, instant(startDate), instant(endDate), item.summary]);
  }
  return found;
}

function read(text, most) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  if (calendar.name !== "vcalendar") throw new Error("not one calendar");
  const all = calendar.getAllSubcomponents("vevent");
  const isOverride = (one) => one.hasProperty("recurrence-id");
  const uid = (one) => one.getFirstPropertyValue("uid");
  const masters = all.filter((one) => !isOverride(one)).map((master) => {
    const exceptions = all.filter((one) => isOverride(one) && uid(one) === uid(master));
    return new ICAL.Event(master, {strictExceptions: true, exceptions});
  });
  return {
    events: all.map((one) => facts(new ICAL.Event(one, {exceptions: []}))),
    shown: masters.filter((one) => one.isRecurring()).flatMap((one) => occurrences(one, most)),
  };
}
