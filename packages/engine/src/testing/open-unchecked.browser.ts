/** What `openUnchecked` is in a browser, which checks bounds for whatever page. */
export { openDevice as openUnchecked } from '../device/open-browser-device.ts';
