import { test } from '../fixtures.ts';
import { settingsOf, testCheckbox } from '../support/captcha_service.ts';

test.use({ settings: settingsOf('recaptcha_v2') });

testCheckbox();
